import type { Scale } from "../../data/dataset.ts";
import type { Predicted } from "../../data/query.ts";

/** What a ranker said about one case. */
export interface Ranked {
  /** Candidates, best first; complete, or at least the `depth` of every metric that reads it. */
  readonly items: Int32Array;
  /** Predicted values of `truth.items`, in that order; absent when the ranker predicts none. */
  readonly predicted?: Float32Array;
  /** Probabilities that `truth.items` are liked; absent when the ranker predicts none. */
  readonly probability?: Float32Array;
  /** Predicted distributions of the values of `truth.items`; absent when the ranker predicts none. */
  readonly distribution?: Predicted;
}

/** What a metric asks of a ranker. */
export type Reads = "ranking" | "values" | "probability" | "distribution";

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
  readonly reads: Reads;
  /** How many places of the ranking it looks at; 0 for metrics of values. */
  readonly depth: number;
  measure(ranked: Ranked, truth: Truth): number;
}

/**
 * The figure of a set of tasks when task `i` counts `counts[i]` times: once each for the figure itself, as often as it was
 * drawn for a bootstrap.
 */
export type Figure = (counts: ArrayLike<number>) => number;

/** A figure of all tasks together that is no mean over tasks, such as the calibration error of all predictions. */
export interface PooledMetric {
  readonly name: string;
  readonly reads: Reads;
  readonly depth: number;
  /** What one task adds; undefined when it has nothing to say. */
  record(ranked: Ranked, truth: Truth): Float64Array | undefined;
  /**
   * Prepares the records of tasks (empty for those with nothing to say) once, for many calls of the result.
   *
   * @param catalogue how many distinct candidates the tasks have together
   */
  pool(records: readonly Float64Array[], catalogue: number): Figure;
  /** A figure that grows with the number of distinct tasks, so that a bootstrap says nothing of its spread. */
  readonly collective?: true;
}

/** Collects what metrics need; an item counts for rankings only when it is a candidate. */
export function truthOf(
  truth: { readonly items: Int32Array; readonly values: Float32Array },
  candidates: Int32Array,
  scale: Scale,
): Truth {
  const asked = membersOf(candidates);
  const graded = new Map<number, number>();
  let relevant = 0;
  for (let i = 0; i < truth.items.length; i++) {
    const [item, value] = [truth.items[i]!, truth.values[i]!];
    if (asked[item] !== 1) continue;
    if (!graded.has(item) && value >= scale.liked) relevant++;
    graded.set(item, value);
  }
  return { ...truth, graded, relevant, candidates: candidates.length, scale };
}

/** 1 at each of the rows. A lookup in a map for each of 3,700 candidates would take longer than ranking them. */
function membersOf(rows: Int32Array): Uint8Array {
  let last = -1;
  for (let i = 0; i < rows.length; i++) if (rows[i]! > last) last = rows[i]!;
  const members = new Uint8Array(last + 1);
  for (let i = 0; i < rows.length; i++) members[rows[i]!] = 1;
  return members;
}
