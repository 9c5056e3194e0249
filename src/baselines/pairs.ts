import type { Rng } from "../base/rng.ts";
import type { Links } from "./als/plan.ts";

/** Items as seen by a fold-in: score_i = bias_i + x . vector_i. */
export interface ItemVectors {
  readonly width: number;
  /** `[items, width]` */
  readonly vectors: Float32Array;
  /** `[items]` */
  readonly biases: Float32Array;
}

export interface FoldInOptions {
  readonly learningRate: number;
  readonly regularisation: number;
  /** Pairs looked at. */
  readonly steps: number;
  readonly rng: Rng;
  /** Items that others like; only they are what somebody passed over. */
  readonly negatives: Int32Array;
}

/**
 * Finds the vector of somebody unseen with the items fixed: stochastic steps on -ln sigmoid(score of a liked item -
 * score of another) + regularisation / 2 |x - start|^2 with a falling rate, the likes in turn. (The user's half of an
 * epoch of BPR, Rendle 2009, fig. 4.)
 *
 * @param start what is known without the history; not changed
 * @param liked ascending
 */
export function foldInPairs(
  { width, vectors, biases }: ItemVectors,
  start: Float32Array,
  liked: Int32Array,
  { learningRate, regularisation, steps, rng, negatives }: FoldInOptions,
): Float32Array {
  const x = start.slice();
  if (liked.length === 0 || negatives.length <= liked.length) return x;
  for (let step = 0; step < steps; step++) {
    const better = liked[step % liked.length]!;
    const worse = drawOther(negatives, liked, rng);
    const [a, b] = [better * width, worse * width];
    let margin = biases[better]! - biases[worse]!;
    for (let k = 0; k < width; k++) margin += x[k]! * (vectors[a + k]! - vectors[b + k]!);
    const rate = learningRate * (1 - step / steps);
    const pull = 1 / (1 + Math.exp(margin));
    for (let k = 0; k < width; k++)
      x[k]! += rate * (pull * (vectors[a + k]! - vectors[b + k]!) - regularisation * (x[k]! - start[k]!));
  }
  return x;
}

/** Scores of items; those beyond the table get the lowest bias, as nothing is known of them. */
export function scoreAll(
  { width, vectors, biases }: ItemVectors,
  x: Float32Array,
  items: Int32Array,
): Float32Array {
  const lowest = biases.reduce((least, b) => Math.min(least, b), 0);
  return Float32Array.from(items, (i) => {
    if (i >= biases.length) return lowest;
    let sum = biases[i]!;
    for (let k = 0; k < width; k++) sum += x[k]! * vectors[i * width + k]!;
    return sum;
  });
}

/** One of `from` that is not among the liked ones; after ten vain draws one that may be. */
export function drawOther(from: Int32Array, liked: Int32Array, rng: Rng): number {
  let item = from[rng.int(from.length)]!;
  for (let draw = 0; draw < 10 && contains(liked, item); draw++) item = from[rng.int(from.length)]!;
  return item;
}

/** Binary search in ascending numbers. */
export function contains(sorted: Int32Array, value: number): boolean {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return sorted[low] === value;
}

/** The same links with the partners of each row ascending. */
export function sortedLinks({ offsets, others }: Links): Links {
  const sorted = others.slice();
  for (let row = 0; row + 1 < offsets.length; row++) sorted.subarray(offsets[row], offsets[row + 1]).sort();
  return { offsets, others: sorted };
}
