import type { Scale } from "../../data/dataset.ts";

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
