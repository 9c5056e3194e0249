import { check } from "../base/errors.ts";
import {
  type BootstrapOptions,
  bootstrapMean,
  type Interval,
  type PairedInterval,
  pairedBootstrap,
} from "./bootstrap.ts";
import type { Evaluation, GroupResult } from "./evaluate.ts";

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

/** One value a task, averaged over the draws the task was in. */
interface Column {
  readonly state: string;
  readonly shots: number | "all";
  readonly draws: number;
  readonly values: ReadonlyMap<string, number>;
}

/** Metrics of which less is better. */
const errors: ReadonlySet<string> = new Set(["mae", "mae_rounded", "rmse"]);

/** True when a smaller value of the metric is better. */
export function lowerIsBetter(metric: string): boolean {
  return errors.has(metric);
}

/**
 * Long-form rows with 95 % bootstrap intervals over tasks. A task that occurs in several draws counts once, with its
 * mean, so that draws of the same people do not narrow the interval.
 *
 * @example qualityRows([await evaluateRanker(ranker, protocol, options)], { seed: 1 });
 */
export function qualityRows(evaluations: readonly Evaluation[], options: BootstrapOptions): QualityRow[] {
  return evaluations.flatMap((evaluation) =>
    metricsOf(evaluation).flatMap((metric) =>
      columnsOf(evaluation, metric).map(({ state, shots, draws, values }) => {
        const { protocol, candidates, system } = evaluation;
        const interval = bootstrapMean(Float64Array.from(values.values()), options);
        return { protocol, candidates, state, system, shots, metric, draws, ...interval };
      }),
    ),
  );
}

/**
 * Compares systems with the best baseline of each column (best by its mean there, which favours the baseline), by a
 * paired bootstrap over tasks. `mean` is the difference in favour of the system, whichever way the metric points.
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
  const sign = lowerIsBetter(metric) ? -1 : 1;
  return systems.flatMap((evaluation) =>
    columnsOf(evaluation, metric).flatMap((column) => {
      const best = bestBaseline(baselines, column, metric, sign);
      if (best === undefined || Number.isNaN(meanOf(column))) return [];
      const [ours, theirs] = aligned(column, best.column, `${evaluation.system} and ${best.system}`);
      const paired = pairedBootstrap(
        ours.map((v) => sign * v),
        theirs.map((v) => sign * v),
        options,
      );
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

/** Both systems' values in the same order of tasks. */
function aligned(ours: Column, theirs: Column, who: string): [Float64Array, Float64Array] {
  const ids = [...ours.values.keys()];
  check(ids.length === theirs.values.size && ids.every((id) => theirs.values.has(id)), "SHAPE", () => ({
    where: `comparison of ${who}`,
    expected: "the same tasks",
    got: `${ids.length} and ${theirs.values.size} tasks that differ`,
  }));
  const take = (column: Column): Float64Array =>
    Float64Array.from(ids, (id) => column.values.get(id) as number);
  return [take(ours), take(theirs)];
}

function metricsOf(evaluation: Evaluation): string[] {
  return [...new Set(evaluation.groups.flatMap((group) => Object.keys(group.metrics)))];
}

/** The groups of one state and number of shots, draws folded together. */
function columnsOf(evaluation: Evaluation, metric: string): Column[] {
  const byKey = new Map<string, GroupResult[]>();
  for (const group of evaluation.groups) {
    if (group.metrics[metric] === undefined) continue;
    const key = `${group.state}/${group.shots}`;
    byKey.set(key, [...(byKey.get(key) ?? []), group]);
  }
  return [...byKey.values()].map((groups) => {
    const { state, shots } = groups[0] as GroupResult;
    return { state, shots, draws: groups.length, values: foldDraws(groups, metric) };
  });
}

function foldDraws(groups: readonly GroupResult[], metric: string): Map<string, number> {
  const sums = new Map<string, { sum: number; count: number }>();
  for (const group of groups) {
    const values = group.metrics[metric] as Float64Array;
    group.ids.forEach((id, row) => {
      const value = values[row] as number;
      const { sum, count } = sums.get(id) ?? { sum: 0, count: 0 };
      sums.set(id, Number.isNaN(value) ? { sum, count } : { sum: sum + value, count: count + 1 });
    });
  }
  return new Map([...sums].map(([id, { sum, count }]) => [id, sum / count]));
}

function meanOf({ values }: Column): number {
  const known = [...values.values()].filter((v) => !Number.isNaN(v));
  return known.reduce((sum, v) => sum + v, 0) / known.length;
}
