import type { Space } from "../../base/settings.ts";
import type { Measured } from "./search.ts";
import { toUnit } from "./space.ts";

/** How much of the differences between trials one setting explains alone. */
export interface Importance {
  readonly setting: string;
  /** In [0, 1]. */
  readonly share: number;
}

const BINS = 4;

/**
 * A hint which settings matter: the share of the variance of the ranks of the values between bins of a setting, less what
 * chance gives (epsilon squared, Kelley 1935). Settings that only matter together are not seen.
 *
 * @example importanceOf(space, trials)[0]?.setting;
 */
export function importanceOf(space: Space, trials: readonly Measured[]): Importance[] {
  const known = trials.filter(({ value }) => Number.isFinite(value));
  const order = [...known].sort((a, b) => a.value - b.value);
  const ranks = known.map((trial) => order.indexOf(trial));
  const shares = Object.entries(space).map(([setting, range]): Importance => {
    const units = known.map(({ settings }) => toUnit(range, settings[setting] ?? Number.NaN));
    const groups = range.kind === "choice" ? units : binned(units);
    return { setting, share: epsilonSquared(ranks, groups) };
  });
  return shares.sort((a, b) => b.share - a.share);
}

/** Bins of equally many, by rank; equal values share a bin. */
function binned(units: readonly number[]): number[] {
  const sorted = [...units].sort((a, b) => a - b);
  return units.map((unit) => Math.floor((BINS * sorted.indexOf(unit)) / units.length));
}

function epsilonSquared(values: readonly number[], groups: readonly number[]): number {
  const mean = (list: readonly number[]): number => list.reduce((sum, v) => sum + v, 0) / list.length;
  const names = [...new Set(groups)];
  const [n, k, all] = [values.length, names.length, mean(values)];
  const total = values.reduce((sum, v) => sum + (v - all) ** 2, 0);
  if (k < 2 || n <= k || total === 0) return 0;
  const within = names.reduce((sum, name) => {
    const own = values.filter((_, at) => groups[at] === name);
    const centre = mean(own);
    return sum + own.reduce((s, v) => s + (v - centre) ** 2, 0);
  }, 0);
  return Math.max(0, 1 - within / (n - k) / (total / (n - 1)));
}
