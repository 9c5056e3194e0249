import { createRng } from "../base/rng.ts";

/** Drawn tasks. `[tasks]` */
export type Draws = Uint16Array | Uint32Array;

/** Draws to keep, all together: 32 MB for up to 65,536 tasks. Who alone wants more than half has them drawn each time. */
const MOST_KEPT = 2 ** 24;

/**
 * A table of results asks for the same draws for every metric, and making them takes most of a bootstrap's time. Least
 * recently used first. `[resamples, tasks]` each
 */
const kept = new Map<string, Draws>();

/**
 * What `figure` makes of tasks drawn with replacement, resample after resample; the same draws for the same numbers and
 * seed.
 *
 * @param figure must not keep the draws: they may be overwritten
 * @example ofResamples(values.length, { resamples: 1000, seed }, (draws) => meanOf(values, draws));
 */
export function ofResamples(
  tasks: number,
  { resamples, seed }: { readonly resamples: number; readonly seed: number },
  figure: (draws: Draws) => number,
): Float64Array {
  const values = new Float64Array(resamples);
  if (tasks * resamples > MOST_KEPT / 2) {
    const rng = createRng(seed).split("bootstrap");
    const draws = new Uint32Array(tasks);
    return values.map(() => figure(draws.map(() => rng.int(tasks))));
  }
  const all = keptDraws(tasks, resamples, seed);
  return values.map((_, at) => figure(all.subarray(at * tasks, (at + 1) * tasks)));
}

function keptDraws(tasks: number, resamples: number, seed: number): Draws {
  const key = `${tasks}/${resamples}/${seed}`;
  const draws = kept.get(key) ?? makeDraws(tasks, resamples, seed);
  kept.delete(key);
  kept.set(key, draws);
  let size = [...kept.values()].reduce((sum, { length }) => sum + length, 0);
  for (const [oldest, { length }] of kept) {
    if (size <= MOST_KEPT) break;
    kept.delete(oldest);
    size -= length;
  }
  return draws;
}

function makeDraws(tasks: number, resamples: number, seed: number): Draws {
  const rng = createRng(seed).split("bootstrap");
  const draws = tasks <= 2 ** 16 ? new Uint16Array(tasks * resamples) : new Uint32Array(tasks * resamples);
  for (let i = 0; i < draws.length; i++) draws[i] = rng.int(tasks);
  return draws;
}
