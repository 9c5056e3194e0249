import { check } from "../../base/errors.ts";
import { createRng } from "../../base/rng.ts";
import type { BootstrapOptions } from "../bootstrap.ts";
import type { Comparison, QualityRow } from "../report.ts";
import type { JudgedPairs, PairEvaluation } from "./pairs.ts";

/** The figures of a protocol of pairs, best first where higher is better. */
export const pairMetrics = ["auc", "gauc", "log_loss"] as const;
export type PairMetric = (typeof pairMetrics)[number];

/**
 * A figure of a group when item `i` counts `weights[i]` times.
 * - `auc`: the chance that a liked pair of any item stands above a pair of any item that is not liked, ties half;
 * - `gauc`: the same within each item, weighted by its pairs (Zhu et al. 2017), items with one kind of pair left out;
 * - `log_loss`: mean of `-log p(what happened)` over pairs, `p` kept within 1e-7 of 0 and 1.
 */
type Figure = (weights: Int32Array) => number;

/**
 * Long-form rows with 95 % intervals by a bootstrap over *items* (pairs of one item are not independent): the same items
 * are drawn in every draw of the protocol, whose figures are averaged.
 *
 * @example pairRows([await evaluatePairs(scorer, protocol)], { seed: 1 });
 */
export function pairRows(evaluations: readonly PairEvaluation[], options: BootstrapOptions): QualityRow[] {
  return evaluations.flatMap(({ system, protocol, groups }) =>
    pairMetrics.flatMap((metric) =>
      statesOf(groups).map(([state, draws]): QualityRow => {
        const figures = draws.map((group) => figureOf(metric, group));
        const items = draws[0]!.ids.length;
        const { mean, low, high } = bootstrap(items, (weights) => average(figures, weights), options);
        const { shots } = draws[0]!;
        const column = { state, system, shots, metric, draws: draws.length };
        return { protocol, candidates: "query set", ...column, mean, low, high, tasks: items, leftOut: 0 };
      }),
    ),
  );
}

/**
 * Each system against the best baseline of its state, by a paired bootstrap over items; `mean` is the difference in
 * favour of the system.
 *
 * @throws SHAPE when they were not judged on the same items
 */
export function comparePairs(
  systems: readonly PairEvaluation[],
  baselines: readonly PairEvaluation[],
  metric: PairMetric,
  options: BootstrapOptions,
): Comparison[] {
  const sign = metric === "log_loss" ? -1 : 1;
  return systems.flatMap((one) =>
    statesOf(one.groups).flatMap(([state, ours]): Comparison[] => {
      const rivals = baselines
        .map(({ system, groups }) => ({ system, theirs: groups.filter((group) => group.state === state) }))
        .map((rival) => ({ ...rival, value: sign * plain(rival.theirs, metric) }))
        .sort((a, b) => b.value - a.value);
      const best = rivals[0];
      if (best === undefined) return [];
      assertSame(ours, best.theirs, `${one.system} and ${best.system}`);
      const [a, b] = [ours, best.theirs].map((groups) => groups.map((group) => figureOf(metric, group)));
      const items = ours[0]!.ids.length;
      const [better, worse] = sign > 0 ? [a!, b!] : [b!, a!];
      const difference: Figure = (weights) => average(better, weights) - average(worse, weights);
      const paired = bootstrap(items, difference, options);
      const star = paired.mean > 0 && paired.p < 0.05;
      const { shots } = ours[0]!;
      const named = { state, shots, metric, system: one.system, baseline: best.system };
      return [{ ...named, star, ...paired, tasks: items, leftOut: 0 }];
    }),
  );
}

/** Groups by state, draws together, in order. */
function statesOf(groups: readonly JudgedPairs[]): [string, JudgedPairs[]][] {
  const states = [...new Set(groups.map(({ state }) => state))];
  return states.map((state) => [state, groups.filter((group) => group.state === state)]);
}

function plain(groups: readonly JudgedPairs[], metric: PairMetric): number {
  const ones = new Int32Array(groups[0]?.ids.length ?? 0).fill(1);
  return average(
    groups.map((group) => figureOf(metric, group)),
    ones,
  );
}

function average(figures: readonly Figure[], weights: Int32Array): number {
  return figures.reduce((sum, figure) => sum + figure(weights), 0) / figures.length;
}

function figureOf(metric: PairMetric, group: JudgedPairs): Figure {
  if (metric === "auc") return pooledAuc(group);
  return metric === "gauc" ? groupedAuc(group) : logLoss(group);
}

/** Sorted once; a call is one pass over the pairs. */
function pooledAuc({ offsets, probability, liked, ids }: JudgedPairs): Figure {
  const itemOf = new Int32Array(probability.length);
  for (let i = 0; i < ids.length; i++) itemOf.fill(i, offsets[i], offsets[i + 1]);
  const order = Uint32Array.from(probability.keys()).sort((a, b) => probability[a]! - probability[b]!);
  const scores = Float32Array.from(order, (pair) => probability[pair]!);
  const items = Int32Array.from(order, (pair) => itemOf[pair]!);
  const labels = Uint8Array.from(order, (pair) => liked[pair]!);
  return (weights) => {
    let [below, won, positives] = [0, 0, 0];
    for (let start = 0; start < scores.length; ) {
      let [up, down, end] = [0, 0, start];
      for (; end < scores.length && scores[end] === scores[start]; end++) {
        const weight = weights[items[end]!]!;
        if (labels[end] === 1) up += weight;
        else down += weight;
      }
      won += up * (below + down / 2);
      below += down;
      positives += up;
      start = end;
    }
    return won / (positives * below);
  };
}

function groupedAuc(group: JudgedPairs): Figure {
  const one = Int32Array.of(1);
  const parts = group.ids.map((id, i) => {
    const [from, to] = [group.offsets[i]!, group.offsets[i + 1]!];
    const own = {
      ...group,
      ids: [id],
      offsets: Int32Array.of(0, to - from),
      probability: group.probability.subarray(from, to),
      liked: group.liked.subarray(from, to),
    };
    const auc = pooledAuc(own)(one);
    return Number.isFinite(auc) ? { auc, pairs: to - from } : { auc: 0, pairs: 0 };
  });
  return (weights) => {
    const total = parts.reduce((sum, { pairs }, i) => sum + weights[i]! * pairs, 0);
    return parts.reduce((sum, { auc, pairs }, i) => sum + weights[i]! * pairs * auc, 0) / total;
  };
}

function logLoss({ offsets, probability, liked, ids }: JudgedPairs): Figure {
  const losses = ids.map((_, i) => {
    let sum = 0;
    for (let pair = offsets[i]!; pair < offsets[i + 1]!; pair++) {
      const p = Math.min(1 - 1e-7, Math.max(1e-7, probability[pair]!));
      sum -= Math.log(liked[pair] === 1 ? p : 1 - p);
    }
    return sum;
  });
  return (weights) => {
    const pairs = ids.reduce((sum, _, i) => sum + weights[i]! * (offsets[i + 1]! - offsets[i]!), 0);
    return losses.reduce((sum, loss, i) => sum + weights[i]! * loss, 0) / pairs;
  };
}

interface Bootstrapped {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly p: number;
}

/** A figure with its percentile interval and two-sided significance (as in `bootstrap.ts`), items drawn with replacement. */
function bootstrap(
  items: number,
  figure: Figure,
  { seed, resamples = 1000 }: BootstrapOptions,
): Bootstrapped {
  const rng = createRng(seed).split("bootstrap items");
  const weights = new Int32Array(items);
  const values = Float64Array.from({ length: resamples }, () => {
    weights.fill(0);
    for (let i = 0; i < items; i++) weights[rng.int(items)]!++;
    return figure(weights);
  }).sort();
  const at = (q: number): number => values[Math.round(q * (resamples - 1))] ?? Number.NaN;
  const least = Math.min(values.filter((v) => v <= 0).length, values.filter((v) => v >= 0).length);
  const p = Math.min(1, (2 * (least + 1)) / (resamples + 1));
  return { mean: figure(new Int32Array(items).fill(1)), low: at(0.025), high: at(0.975), p };
}

function assertSame(a: readonly JudgedPairs[], b: readonly JudgedPairs[], who: string): void {
  const names = (groups: readonly JudgedPairs[]): string => groups.map(({ ids }) => ids.join()).join("/");
  check(names(a) === names(b), "SHAPE", () => ({
    where: `comparison of ${who}`,
    expected: "the same items",
    got: "items that differ",
  }));
}
