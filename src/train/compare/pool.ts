/**
 * Runs tasks, at most `jobs` at a time, and gives their results in order. After a rejection nothing new is started; those
 * under way are waited for, then the first reason is thrown.
 *
 * @example await runPool([() => fit("a"), () => fit("b")], 2);
 */
export async function runPool<T>(tasks: readonly (() => Promise<T>)[], jobs: number): Promise<T[]> {
  const results: T[] = [];
  const failures: unknown[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < tasks.length && failures.length === 0) {
      const at = next++;
      try {
        results[at] = await tasks[at]!();
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(jobs, tasks.length)) }, work));
  if (failures.length > 0) throw failures[0];
  return results;
}
