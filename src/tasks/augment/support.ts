import { selectEvents } from "../source.ts";
import type { Task } from "../task.ts";
import type { TaskTransform } from "./transform.ts";

/**
 * Gives a share of the tasks a smaller support: `m` of its `k` events in their order, `m` uniform in `[0, k]`. The prior
 * then meets each person with fewer events than they have, as it will meet strangers.
 *
 * @param share of the tasks, from 0 to 1
 */
export function subsampleSupport(share: number): TaskTransform {
  return (task, rng) => {
    const shots = task.support.items.length;
    if (shots === 0 || rng.next() >= share) return task;
    const kept = rng.sample(Array.from(task.support.items.keys()), rng.int(shots + 1));
    return { ...task, support: selectEvents(task.support, Int32Array.from(kept).sort()) };
  };
}

/**
 * Plays a share of the items, in support and query, as items nobody has met: only their content may be used. Words are
 * masked the same way to train a language model (Devlin 2019, sec. 3.1).
 *
 * @param share of the items, from 0 to 1
 */
export function maskItems(share: number): TaskTransform {
  return (task, rng) => {
    const masked = ({ items, unknown }: Task["support"]): Uint8Array =>
      Uint8Array.from(items, (_, i) => (rng.next() < share ? 1 : (unknown?.[i] ?? 0)));
    return {
      ...task,
      support: { ...task.support, unknown: masked(task.support) },
      query: { ...task.query, unknown: masked(task.query) },
    };
  };
}
