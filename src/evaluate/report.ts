import { check } from "../base/errors.ts";
import {
  type BootstrapOptions,
  bootstrapFigure,
  bootstrapMean,
  type Interval,
  type PairedInterval,
  pairedBootstrap,
  pairedFigures,
} from "./bootstrap.ts";
import { type Column, columnsOf, meanOf, metricsOf } from "./columns.ts";
import type { Evaluation } from "./evaluation.ts";
import type { Figure } from "./metrics/metric.ts";

/** One figure of the results: a system, a state, a number of shots, a metric. */
export interface QualityRow extends Interval {
  readonly protocol: string;
  readonly candidates: Evaluation["candidates"];
  readonly state: string;
  readonly system: string;
  readonly shots: number | "all";
  readonly metric: string;
  readonly draws: number;
}

/** How one system stands against the best baseline of its column. */
export interface Comparison extends PairedInterval {
  readonly state: string;
  readonly shots: number | "all";
  readonly metric: string;
  readonly system: string;
  /** The baseline with the best mean in this column. */
  readonly baseline: string;
  /** Better than `baseline`, and not by chance (p < .05). */
  readonly star: boolean;
}

/** Metrics of which less is better. */
const errors: ReadonlySet<string> = new Set([
  "mae",
  "mae_rounded",
  "mae_median",
  "rmse",
  "log_loss",
  "ece",
  "gini",
  "coverage_error",
  "width_90",
]);

/** Metrics that describe: neither more nor less of them is better as such. */
const descriptions: ReadonlySet<string> = new Set(["coverage_90", "popularity_bias", "long_tail"]);

/** True when neither more nor less of the metric is better as such. */
export function onlyDescribes(metric: string): boolean {
  return descriptions.has(kindOf(metric));
}

/** True when a smaller value of the metric is better. */
export function lowerIsBetter(metric: string): boolean {
  return errors.has(kindOf(metric));
}

/** A metric's name without its cut-off. */
function kindOf(metric: string): string {
  return metric.split("@")[0] ?? metric;
}

/**
 * Long-form rows with 95 % bootstrap intervals over tasks. A task that occurs in several draws counts once, with its
 * mean, so that draws of the same people do not narrow the interval. Pooled figures are averaged over draws, and their
 * interval draws whole people with all their predictions; those of catalogue coverage and Gini have none.
 *
 * @example qualityRows([await evaluateRanker(ranker, protocol, options)], { seed: 1 });
 */
export function qualityRows(evaluations: readonly Evaluation[], options: BootstrapOptions): QualityRow[] {
  return evaluations.flatMap((evaluation) =>
    metricsOf(evaluation).flatMap((metric) =>
      columnsOf(evaluation, metric).map((column) => rowOf(evaluation, metric, column, options)),
    ),
  );
}

/** One row. */
export function rowOf(
  { protocol, candidates, system }: Evaluation,
  metric: string,
  column: Column,
  options: BootstrapOptions,
): QualityRow {
  const { state, shots, draws } = column;
  return { protocol, candidates, state, system, shots, metric, draws, ...intervalOf(column, options) };
}

function intervalOf(column: Column, options: BootstrapOptions): Interval {
  if (column.values !== undefined) return bootstrapMean(column.values, options);
  const { figure, ids, leftOut } = column;
  const interval = column.collective
    ? { mean: meanOf(column), low: Number.NaN, high: Number.NaN }
    : bootstrapFigure(figure, ids.length, options);
  return { ...interval, tasks: ids.length - leftOut, leftOut };
}

/**
 * Compares systems with the best baseline of each column (best by its mean there, which favours the baseline), by a
 * paired bootstrap over tasks. `mean` is the difference in favour of the system, whichever way the metric points. There
 * is no comparison by metrics of which neither more nor less is better, nor by those without an interval.
 *
 * @throws SHAPE when a system was not measured on the tasks of the baselines
 * @example compareToBest([bayes], [popularity, itemKnn], "ndcg_binary@10", { seed: 1 }).filter((row) => row.star);
 */
export function compareToBest(
  systems: readonly Evaluation[],
  baselines: readonly Evaluation[],
  metric: string,
  options: BootstrapOptions,
): Comparison[] {
  if (onlyDescribes(metric)) return [];
  const sign = lowerIsBetter(metric) ? -1 : 1;
  return systems.flatMap((evaluation) =>
    columnsOf(evaluation, metric).flatMap((column) => {
      const best = bestBaseline(baselines, column, metric, sign);
      if (best === undefined || column.collective || Number.isNaN(meanOf(column))) return [];
      const paired = pairedOf(column, best.column, sign, {
        ...options,
        who: `${evaluation.system} and ${best.system}`,
      });
      const { state, shots } = column;
      const star = paired.mean > 0 && paired.p < 0.05;
      return [{ state, shots, metric, system: evaluation.system, baseline: best.system, star, ...paired }];
    }),
  );
}

function bestBaseline(
  baselines: readonly Evaluation[],
  { state, shots }: Column,
  metric: string,
  sign: number,
): { readonly system: string; readonly column: Column } | undefined {
  const rivals = baselines.flatMap((evaluation) =>
    columnsOf(evaluation, metric)
      .filter((column) => column.state === state && column.shots === shots && !Number.isNaN(meanOf(column)))
      .map((column) => ({ system: evaluation.system, column })),
  );
  return rivals.sort((a, b) => sign * (meanOf(b.column) - meanOf(a.column)))[0];
}

/** The difference in favour of ours, both in our order of tasks. */
function pairedOf(
  ours: Column,
  theirs: Column,
  sign: number,
  { who, ...options }: BootstrapOptions & { readonly who: string },
): PairedInterval {
  const places = placesOf(ours, theirs, who);
  const { values } = theirs;
  if (ours.values !== undefined && values !== undefined) {
    return pairedBootstrap(
      ours.values.map((v) => sign * v),
      Float64Array.from(places, (at) => sign * values[at]!),
      options,
    );
  }
  const other: Figure = (counts) => {
    const turned = new Int32Array(places.length);
    places.forEach((at, i) => {
      turned[at] = counts[i]!;
    });
    return sign * theirs.figure(turned);
  };
  return pairedFigures((counts) => sign * ours.figure(counts), other, places.length, options);
}

/** Where each of our tasks is among theirs. */
function placesOf(ours: Column, theirs: Column, who: string): number[] {
  const at = new Map(theirs.ids.map((id, i) => [id, i]));
  const places = ours.ids.map((id) => at.get(id) ?? -1);
  check(places.length === theirs.ids.length && !places.includes(-1), "SHAPE", () => ({
    where: `comparison of ${who}`,
    expected: "the same tasks",
    got: `${places.length} and ${theirs.ids.length} tasks that differ`,
  }));
  return places;
}
