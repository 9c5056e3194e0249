import { check } from "../../base/errors.ts";
import { createRng } from "../../base/rng.ts";
import type { BootstrapOptions } from "../bootstrap.ts";
import { aucFigure } from "../metrics/auc-figure.ts";
import { surprise } from "../metrics/probabilities.ts";
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
        const items = draws[0]!.ids.length;
        const { mean, low, high } = summarise(averaged(draws, metric, options));
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
        .filter(({ theirs }) => theirs.length > 0)
        .map((rival) => ({ ...rival, value: sign * averaged(rival.theirs, metric, options)[0]! }))
        .sort((a, b) => b.value - a.value);
      const best = rivals[0];
      if (best === undefined) return [];
      assertSame(ours, best.theirs, `${one.system} and ${best.system}`);
      const [a, b] = [ours, best.theirs].map((groups) => averaged(groups, metric, options));
      const [better, worse] = sign > 0 ? [a!, b!] : [b!, a!];
      const paired = summarise(better.map((value, i) => value - worse[i]!));
      const star = paired.mean > 0 && paired.p < 0.05;
      const { shots, ids } = ours[0]!;
      const named = { state, shots, metric, system: one.system, baseline: best.system };
      return [{ ...named, star, ...paired, tasks: ids.length, leftOut: 0 }];
    }),
  );
}

/** Groups by state, draws together, in order. */
function statesOf(groups: readonly JudgedPairs[]): [string, JudgedPairs[]][] {
  const states = [...new Set(groups.map(({ state }) => state))];
  return states.map((state) => [state, groups.filter((group) => group.state === state)]);
}

function figureOf(metric: PairMetric, group: JudgedPairs): Figure {
  if (metric === "auc") return pooledAuc(group);
  return metric === "gauc" ? groupedAuc(group) : logLoss(group);
}

/** Over the pairs of all items. */
function pooledAuc({ offsets, probability, liked, ids }: JudgedPairs): Figure {
  const owner = new Int32Array(probability.length);
  for (let i = 0; i < ids.length; i++) owner.fill(i, offsets[i], offsets[i + 1]);
  return aucFigure({ probability, liked, owner });
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
      sum += surprise(probability[pair]!, liked[pair] === 1);
    }
    return sum;
  });
  return (weights) => {
    const pairs = ids.reduce((sum, _, i) => sum + weights[i]! * (offsets[i + 1]! - offsets[i]!), 0);
    return losses.reduce((sum, loss, i) => sum + weights[i]! * loss, 0) / pairs;
  };
}

/**
 * A figure of the groups' draws, averaged: as it is, then of each resample of their items. Groups of as many items are
 * resampled alike, so that differences are paired. `[1 + resamples]`
 */
function averaged(
  groups: readonly JudgedPairs[],
  metric: PairMetric,
  options: BootstrapOptions,
): Float64Array {
  const each = groups.map((group) => resampled(group, metric, options));
  return Float64Array.from({ length: each[0]?.length ?? 1 }, (_, i) =>
    each.length === 0 ? Number.NaN : each.reduce((sum, values) => sum + values[i]!, 0) / each.length,
  );
}

const known = new WeakMap<JudgedPairs, Map<string, Float64Array>>();

/** The same numbers serve a system's row and all its comparisons. */
function resampled(
  group: JudgedPairs,
  metric: PairMetric,
  { seed, resamples = 1000 }: BootstrapOptions,
): Float64Array {
  const own = known.get(group) ?? new Map<string, Float64Array>();
  known.set(group, own);
  const key = `${metric} ${seed} ${resamples}`;
  const values = own.get(key) ?? resample(group.ids.length, figureOf(metric, group), { seed, resamples });
  own.set(key, values);
  return values;
}

function resample(
  items: number,
  figure: Figure,
  { seed, resamples }: Required<BootstrapOptions>,
): Float64Array {
  const rng = createRng(seed).split("bootstrap items");
  const weights = new Int32Array(items);
  return Float64Array.from({ length: 1 + resamples }, (_, i) => {
    weights.fill(i === 0 ? 1 : 0);
    for (let k = 0; i > 0 && k < items; k++) weights[rng.int(items)]!++;
    return figure(weights);
  });
}

interface Summary {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly p: number;
}

/** Percentile interval and two-sided significance, as in `bootstrap.ts`. */
function summarise(values: Float64Array): Summary {
  const sorted = values.slice(1).sort();
  const at = (q: number): number => sorted[Math.round(q * (sorted.length - 1))] ?? Number.NaN;
  const least = Math.min(sorted.filter((v) => v <= 0).length, sorted.filter((v) => v >= 0).length);
  const p = Math.min(1, (2 * (least + 1)) / (sorted.length + 1));
  return { mean: values[0]!, low: at(0.025), high: at(0.975), p };
}

function assertSame(a: readonly JudgedPairs[], b: readonly JudgedPairs[], who: string): void {
  const names = (groups: readonly JudgedPairs[]): string => groups.map(({ ids }) => ids.join()).join("/");
  check(names(a) === names(b), "SHAPE", () => ({
    where: `comparison of ${who}`,
    expected: "the same items",
    got: "items that differ",
  }));
}
