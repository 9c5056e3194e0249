import { ForetasteError } from "../base/errors.ts";
import type { Scale } from "../data/dataset.ts";

/** What a ranker said about one case. */
export interface Ranked {
  /** Candidates, best first; complete, or at least the `depth` of every metric that reads it. */
  readonly items: Int32Array;
  /** Predicted values of `truth.items`, in that order; absent when the ranker predicts none. */
  readonly predicted?: Float32Array;
}

/** What is true of one case. */
export interface Truth {
  readonly items: Int32Array;
  readonly values: Float32Array;
  /** Values of the true items that are candidates. */
  readonly graded: ReadonlyMap<number, number>;
  /** How many of the graded items are liked. */
  readonly relevant: number;
  /** How many candidates were ranked. */
  readonly candidates: number;
  readonly scale: Scale;
}

/**
 * One figure for one task; NaN where it is undefined (no relevant item, no prediction), and then it is left out of
 * means and counted. The name carries the definition.
 */
export interface Metric {
  readonly name: string;
  readonly reads: "ranking" | "values";
  /** How many places of the ranking it looks at; 0 for metrics of values. */
  readonly depth: number;
  measure(ranked: Ranked, truth: Truth): number;
}

/** Collects what metrics need; an item counts for rankings only when it is a candidate. */
export function truthOf(
  truth: { readonly items: Int32Array; readonly values: Float32Array },
  candidates: Int32Array,
  scale: Scale,
): Truth {
  const all = new Map<number, number>();
  truth.items.forEach((item, i) => all.set(item, truth.values[i]!));
  const graded = new Map<number, number>();
  let relevant = 0;
  for (const item of candidates) {
    const value = all.get(item);
    if (value === undefined) continue;
    graded.set(item, value);
    if (value >= scale.liked) relevant++;
  }
  return { ...truth, graded, relevant, candidates: candidates.length, scale };
}

/** Mean absolute error of predictions clipped to the scale: mean_i |clip(p_i) - v_i|. */
export const mae: Metric = ofValues("mae", (errors) => mean(errors.map(Math.abs)), true);

/** Root mean squared error within the task, predictions as they are: sqrt(mean_i (p_i - v_i)^2). */
export const rmse: Metric = ofValues("rmse", (errors) => Math.sqrt(mean(errors.map((e) => e * e))), false);

/** nDCG with gain 2^r - 1 and discount log2(rank + 1); the ideal orders the true values of the same candidates. */
export function ndcgExp(k: number): Metric {
  return ndcg(`ndcg_exp@${k}`, k, (value) => 2 ** value - 1);
}

/** nDCG with gain r and discount log2(rank + 1) (Jarvelin and Kekalainen 2002, with the discount of Burges 2005). */
export function ndcgLinear(k: number): Metric {
  return ndcg(`ndcg_linear@${k}`, k, (value) => value);
}

/** nDCG with gain 1 for liked items, else 0; the ideal has min(k, relevant) ones. */
export function ndcgBinary(k: number): Metric {
  return ndcg(`ndcg_binary@${k}`, k, (value, liked) => (value >= liked ? 1 : 0));
}

/** Liked items among the first k, divided by k. */
export function precision(k: number): Metric {
  return ofHits(`precision@${k}`, k, (hits) => hits.length / k);
}

/** Liked items among the first k, divided by all liked candidates. */
export function recall(k: number): Metric {
  return ofHits(`recall@${k}`, k, (hits, relevant) => hits.length / relevant);
}

/** Harmonic mean of precision@k and recall@k: 2 hits / (k + relevant). */
export function f1(k: number): Metric {
  return ofHits(`f1@${k}`, k, (hits, relevant) => (2 * hits.length) / (k + relevant));
}

/** 1 when a liked item is among the first k, else 0. */
export function hitRate(k: number): Metric {
  return ofHits(`hit_rate@${k}`, k, (hits) => (hits.length > 0 ? 1 : 0));
}

/** Average precision: the sum of precision@rank over the ranks of hits, divided by min(k, relevant). */
export function map(k: number): Metric {
  return ofHits(`map@${k}`, k, (hits, relevant) => {
    const sum = hits.reduce((total, rank, i) => total + (i + 1) / rank, 0);
    return sum / Math.min(k, relevant);
  });
}

/** One over the rank of the first liked item within the first k, else 0. */
export function mrr(k: number): Metric {
  return ofHits(`mrr@${k}`, k, (hits) => (hits.length > 0 ? 1 / hits[0]! : 0));
}

/** The chance that a liked candidate stands above another one (Mann-Whitney); needs the complete ranking. */
export const auc: Metric = ofHits("auc", Number.POSITIVE_INFINITY, (ranks, relevant, candidates) => {
  const others = candidates - relevant;
  if (others === 0) return Number.NaN;
  const rankSum = ranks.reduce((total, rank) => total + rank, 0);
  return 1 - (rankSum - (relevant * (relevant + 1)) / 2) / (relevant * others);
});

/**
 * Finds a metric by its name, such as "mae", "auc" or "ndcg_binary@10".
 *
 * @throws CONFIG when there is no such metric
 * @example metricNamed("ndcg_exp@3").depth; // 3
 */
export function metricNamed(name: string): Metric {
  const plain = plainMetrics.find((metric) => metric.name === name);
  if (plain !== undefined) return plain;
  const [, kind = "", k = ""] = /^(\w+)@([1-9]\d*)$/.exec(name) ?? [];
  const make = Object.hasOwn(cutMetrics, kind) ? cutMetrics[kind as keyof typeof cutMetrics] : undefined;
  if (make !== undefined) return make(Number(k));
  throw new ForetasteError("CONFIG", {
    where: "metric",
    expected: `${plainMetrics.map((metric) => metric.name).join(", ")}, or ${Object.keys(cutMetrics).join("@k, ")}@k`,
    got: `"${name}"`,
  });
}

const plainMetrics: readonly Metric[] = [mae, rmse, auc];
const cutMetrics = {
  ndcg_exp: ndcgExp,
  ndcg_linear: ndcgLinear,
  ndcg_binary: ndcgBinary,
  precision,
  recall,
  f1,
  hit_rate: hitRate,
  map,
  mrr,
};

function ofValues(name: string, summarise: (errors: Float64Array) => number, clipped: boolean): Metric {
  const measure = ({ predicted }: Ranked, { values, scale }: Truth): number => {
    if (predicted === undefined || values.length === 0) return Number.NaN;
    const { min, max } = clipped ? scale : { min: -Infinity, max: Infinity };
    return summarise(Float64Array.from(values, (v, i) => Math.min(max, Math.max(min, predicted[i]!)) - v));
  };
  return { name, reads: "values", depth: 0, measure };
}

/** `summarise` gets the ranks (from 1, ascending) of the liked items among the first k. */
function ofHits(
  name: string,
  k: number,
  summarise: (ranks: readonly number[], relevant: number, candidates: number) => number,
): Metric {
  const measure = ({ items }: Ranked, { graded, relevant, candidates, scale }: Truth): number => {
    if (relevant === 0) return Number.NaN;
    const ranks: number[] = [];
    for (let i = 0; i < Math.min(k, items.length); i++) {
      if ((graded.get(items[i]!) ?? -Infinity) >= scale.liked) ranks.push(i + 1);
    }
    return summarise(ranks, relevant, candidates);
  };
  return { name, reads: "ranking", depth: k, measure };
}

function ndcg(name: string, k: number, gain: (value: number, liked: number) => number): Metric {
  const measure = ({ items }: Ranked, { graded, scale }: Truth): number => {
    const gains = Float64Array.from(graded.values(), (value) => gain(value, scale.liked));
    const ideal = discounted(gains.sort().reverse(), k);
    if (!(ideal > 0)) return Number.NaN;
    const won = Float64Array.from(items.subarray(0, k), (item) => {
      const value = graded.get(item);
      return value === undefined ? 0 : gain(value, scale.liked);
    });
    return discounted(won, k) / ideal;
  };
  return { name, reads: "ranking", depth: k, measure };
}

function discounted(gains: Float64Array, k: number): number {
  let sum = 0;
  for (let i = 0; i < Math.min(k, gains.length); i++) sum += gains[i]! / Math.log2(i + 2);
  return sum;
}

function mean(values: Float64Array): number {
  return values.reduce((sum, v) => sum + v, 0) / values.length;
}
