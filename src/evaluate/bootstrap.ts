import { check } from "../base/errors.ts";
import type { Figure } from "./metrics/metric.ts";
import { ofResamples } from "./resamples.ts";

/** A mean over tasks with its 95 % percentile interval; tasks whose value is NaN are left out of all of it. */
export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  /** Tasks that counted. */
  readonly tasks: number;
  /** Tasks left out because the metric is undefined for them. */
  readonly leftOut: number;
}

/** The mean difference of two systems on the same tasks. */
export interface PairedInterval extends Interval {
  /** Two-sided achieved significance; 1 for identical systems. */
  readonly p: number;
}

export interface BootstrapOptions {
  readonly seed: number;
  /** 1,000 unless told. */
  readonly resamples?: number;
}

/**
 * Mean over tasks with a percentile bootstrap interval (Efron 1979): tasks are drawn with replacement. NaN bounds and
 * mean when no task counts.
 *
 * @example bootstrapMean(Float64Array.of(0, 1, 1, 0), { seed: 1 }).mean; // 0.5
 */
export function bootstrapMean(values: Float64Array, options: BootstrapOptions): Interval {
  const known = values.filter((v) => !Number.isNaN(v));
  return summarise(known, resampledMeans(known, options), values.length);
}

/**
 * Paired bootstrap of the per-task differences `a - b`; a task counts when both values are numbers. The p-value is
 * 2 min(P(mean* <= 0), P(mean* >= 0)), counted with one added to both so that it is never zero (Davison and Hinkley
 * 1997, section 4.2).
 *
 * @throws SHAPE when the systems were not measured on the same tasks
 * @example pairedBootstrap(better, worse, { seed: 1 }).p < 0.05;
 */
export function pairedBootstrap(a: Float64Array, b: Float64Array, options: BootstrapOptions): PairedInterval {
  check(a.length === b.length, "SHAPE", () => ({
    where: "paired bootstrap",
    expected: "two systems measured on the same tasks",
    got: `${a.length} and ${b.length} tasks`,
  }));
  const known = a.map((v, i) => v - b[i]!).filter((v) => !Number.isNaN(v));
  const means = resampledMeans(known, options);
  return { ...summarise(known, means, a.length), p: twoSided(means) };
}

/**
 * A pooled figure with a percentile bootstrap interval: `tasks` tasks are drawn with replacement and the figure is made
 * anew of all that those tasks added.
 *
 * @example bootstrapFigure(logLoss.pool(records, 0), records.length, { seed: 1 });
 */
export function bootstrapFigure(figure: Figure, tasks: number, options: BootstrapOptions): Interval {
  return summariseFigure(figure, tasks, resampledFigures(figure, tasks, options));
}

/**
 * Paired bootstrap of the difference of two pooled figures, both of the same tasks in the same order; p as in
 * {@link pairedBootstrap}.
 */
export function pairedFigures(
  a: Figure,
  b: Figure,
  tasks: number,
  options: BootstrapOptions,
): PairedInterval {
  const difference: Figure = (counts) => a(counts) - b(counts);
  const figures = resampledFigures(difference, tasks, options);
  return { ...summariseFigure(difference, tasks, figures), p: twoSided(figures) };
}

/** Sorted figures of the resamples in which there is one. */
function resampledFigures(
  figure: Figure,
  tasks: number,
  { seed, resamples = 1000 }: BootstrapOptions,
): Float64Array {
  if (tasks === 0) return new Float64Array(0);
  const figures = ofResamples(tasks, { resamples, seed }, (draws) => {
    const counts = new Int32Array(tasks);
    for (let i = 0; i < tasks; i++) counts[draws[i]!]!++;
    return figure(counts);
  });
  return figures.filter((value) => !Number.isNaN(value)).sort();
}

function summariseFigure(figure: Figure, tasks: number, figures: Float64Array): Interval {
  const mean = tasks === 0 ? Number.NaN : figure(new Int32Array(tasks).fill(1));
  const [low, high] = Number.isNaN(mean)
    ? [Number.NaN, Number.NaN]
    : [quantile(figures, 0.025), quantile(figures, 0.975)];
  return { mean, low, high, tasks, leftOut: 0 };
}

/** Sorted means of the resamples. `[resamples]` */
function resampledMeans(values: Float64Array, { seed, resamples = 1000 }: BootstrapOptions): Float64Array {
  if (values.length === 0) return new Float64Array(0);
  return ofResamples(values.length, { resamples, seed }, (draws) => {
    let sum = 0;
    for (let i = 0; i < draws.length; i++) sum += values[draws[i]!]!;
    return sum / draws.length;
  }).sort();
}

function summarise(known: Float64Array, means: Float64Array, all: number): Interval {
  const mean = known.reduce((sum, v) => sum + v, 0) / known.length;
  const [low, high] = [quantile(means, 0.025), quantile(means, 0.975)];
  return { mean, low, high, tasks: known.length, leftOut: all - known.length };
}

/** Linear interpolation between order statistics; NaN when there are none. */
function quantile(sorted: Float64Array, q: number): number {
  const at = q * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  if (below === undefined || above === undefined) return Number.NaN;
  return below + (above - below) * (at - Math.floor(at));
}

function twoSided(means: Float64Array): number {
  const [notAbove, notBelow] = [means.filter((m) => m <= 0).length, means.filter((m) => m >= 0).length];
  return Math.min(1, (2 * (Math.min(notAbove, notBelow) + 1)) / (means.length + 1));
}
