/** A measurement of a trial with some share of the full effort. Lower is better. */
export interface RungResult {
  readonly trial: number;
  /** 0 is the cheapest. */
  readonly rung: number;
  /** Not a number when it failed. */
  readonly value: number;
}

/** What to measure next: a trial at a rung; a new trial begins at rung 0. */
export interface RungJob {
  readonly trial: number;
  readonly rung: number;
}

export interface HalvingOptions {
  /** Trials in all. */
  readonly trials: number;
  /** Number of rungs; 1 measures every trial in full. */
  readonly rungs: number;
  /** One of so many is promoted; 3 unless told. */
  readonly eta?: number;
  /** A trial that is measured in full in the end, whatever the others do: what the winner must beat. */
  readonly keep?: number;
}

/**
 * Asynchronous successive halving (Li et al. 2020, algorithm 2): a trial is measured again with `eta` times the effort
 * as soon as it is among the best 1 / eta of those measured on its rung; otherwise a new one begins. What is never
 * promoted was stopped early. When all have begun and been measured, the best of a rung that has fewer than `eta` goes on
 * up, so that the winner is always measured in full.
 *
 * @returns the next job, or nothing when there is none to begin at present
 * @example nextJob(results, [], { trials: 27, rungs: 3 });
 */
export function nextJob(
  results: readonly RungResult[],
  running: readonly RungJob[],
  options: HalvingOptions,
): RungJob | undefined {
  const { trials, rungs, eta = 3, keep } = options;
  const begun = new Set([...results, ...running].map(({ trial }) => trial)).size;
  const downwards = Array.from({ length: rungs - 1 }, (_, at) => rungs - 2 - at);
  const promote = (rung: number, least: number): RungJob | undefined => {
    const above = new Set(
      [...results, ...running].filter((one) => one.rung > rung).map(({ trial }) => trial),
    );
    const here = bestFirst(results.filter((one) => one.rung === rung));
    const best = here.slice(0, Math.max(least, Math.floor(here.length / eta)));
    const kept = least > 0 ? here.filter(({ trial }) => trial === keep) : [];
    const next = [...best, ...kept].find(({ trial }) => !above.has(trial));
    return next === undefined ? undefined : { trial: next.trial, rung: rung + 1 };
  };
  for (const rung of downwards) {
    const job = promote(rung, 0);
    if (job !== undefined) return job;
  }
  if (begun < trials) return { trial: begun, rung: 0 };
  if (running.length > 0) return undefined;
  for (const rung of downwards.reverse()) {
    const job = promote(rung, 1);
    if (job !== undefined) return job;
  }
  return undefined;
}

/** Failed measurements are never among the best. */
function bestFirst(results: readonly RungResult[]): RungResult[] {
  return results
    .filter(({ value }) => Number.isFinite(value))
    .sort((a, b) => a.value - b.value || a.trial - b.trial);
}

/** Share of the full effort at each rung: eta^-(rungs - 1), ..., 1 / eta, 1. */
export function effortOf(rung: number, { rungs, eta = 3 }: HalvingOptions): number {
  return eta ** (rung - rungs + 1);
}
