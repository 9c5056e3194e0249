import type { Dataset } from "../data/dataset.ts";
import type { History } from "../data/query.ts";
import { historiesByUser } from "../data/splits/interactions.ts";
import { coLikesInverse, type Likes, sumRows } from "./co-likes.ts";

/** What a like of one item says of liking another: EASE's weights, the largest of each item. Plain data. */
export interface LikeWeights {
  /** Items that have weights, as rows of the item table. `[n]` */
  readonly rows: Int32Array;
  readonly size: number;
  /** Positions in `rows` of the items whose likes say most of each. `[n, size]` */
  readonly others: Int32Array;
  /** Of either sign, 0 where there are fewer. `[n, size]` */
  readonly weights: Float32Array;
}

/** All weights between items, and what it takes to leave one person out of them; in training only. */
export interface LikeModel {
  readonly rows: Int32Array;
  /** Of an item in `rows`, -1 for others. `[items]` */
  readonly positions: Int32Array;
  /** `coLikesInverse`. `[n, n]` */
  readonly inverse: Float32Array;
  /** Smallest value that is a like. */
  readonly liked: number;
}

export interface LikeWeightOptions {
  /** Weights that an item has at most. */
  readonly size: number;
  /** Most items that have weights, the most liked first: memory grows with their square, time with their cube. */
  readonly maxItems: number;
  /** Ridge, in likes an item has on average. */
  readonly ridge: number;
  readonly threads: number;
}

/** The ridge is the best of 1, 2, 4 and 8 by people held out from ml-latest-small's training, none far from it. */
export const defaultLikeWeightOptions: LikeWeightOptions = {
  size: 256,
  maxItems: 6000,
  ridge: 4,
  threads: 2,
};

/**
 * Embarrassingly shallow autoencoder (Steck 2019) of who likes what: which items are liked together, whatever is known of
 * them. About `5 n^2` numbers in memory while it is fitted.
 *
 * @param among rows of the items that may have weights
 * @throws NUMERIC
 * @example const { weights, model } = await fitLikeWeights(train, catalogue.warm);
 */
export async function fitLikeWeights(
  train: Dataset,
  among: Int32Array,
  options: LikeWeightOptions = defaultLikeWeightOptions,
): Promise<{ readonly weights: LikeWeights; readonly model: LikeModel }> {
  const { interactions, scale, users, items } = train;
  const counts = new Int32Array(items.ids.length);
  interactions.item.forEach((item, row) => {
    if (interactions.value[row]! >= scale.liked) counts[item]!++;
  });
  const most = Int32Array.from(among).sort((a, b) => counts[b]! - counts[a]! || a - b);
  const rows = most.slice(0, options.maxItems).sort();
  const positions = positionsOf(rows, items.ids.length);
  const likes = likesOf(train, positions, users.ids.length);
  const regularisation = Math.max(1, (options.ridge * likes.others.length) / Math.max(1, rows.length));
  const inverse = await coLikesInverse(likes, rows.length, { regularisation, threads: options.threads });
  const model = { rows, positions, inverse, liked: scale.liked };
  return { weights: { rows, ...largestWeights(inverse, rows.length, options.size) }, model };
}

/** Where each item stands in `rows`, -1 where it does not. `[count]` */
export function positionsOf(rows: Int32Array, count: number): Int32Array {
  const positions = new Int32Array(count).fill(-1);
  rows.forEach((item, at) => void (positions[item] = at));
  return positions;
}

/** Positions that each person likes, each once. */
function likesOf({ interactions, scale }: Dataset, positions: Int32Array, people: number): Likes {
  const { item, value } = interactions;
  const { offsets: starts, order } = historiesByUser(interactions, people);
  const [offsets, others] = [new Int32Array(people + 1), new Int32Array(order.length)];
  const lastBy = new Int32Array(positions.length).fill(-1);
  let count = 0;
  for (let person = 0; person < people; person++) {
    for (const row of order.subarray(starts[person], starts[person + 1])) {
      const at = positions[item[row]!]!;
      if (value[row]! < scale.liked || at < 0 || lastBy[at] === person) continue;
      lastBy[at] = person;
      others[count++] = at;
    }
    offsets[person + 1] = count;
  }
  return { offsets, others: others.subarray(0, count) };
}

/** The largest weights of each item, of either sign, the largest first. */
function largestWeights(inverse: Float32Array, n: number, kept: number): Omit<LikeWeights, "rows"> {
  const size = Math.max(1, Math.min(kept, n - 1));
  const out = { size, others: new Int32Array(n * size), weights: new Float32Array(n * size) };
  const weights = new Float32Array(n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) weights[j] = -inverse[i * n + j]! / inverse[i * (n + 1)]!;
    weights[i] = 0;
    const least = weights.map(Math.abs).sort()[n - size]!;
    const best = Array.from(weights.keys()).filter((j) => weights[j] !== 0 && Math.abs(weights[j]!) >= least);
    best.sort((a, b) => Math.abs(weights[b]!) - Math.abs(weights[a]!) || a - b);
    best.slice(0, size).forEach((j, k) => {
      out.others[i * size + k] = j;
      out.weights[i * size + k] = weights[j]!;
    });
  }
  return out;
}

/** Positions of what was liked in a history, and which of its events was the first to say so. */
export function firstLikes(
  { positions, liked }: Pick<LikeModel, "positions" | "liked">,
  { items, values }: Pick<History, "items" | "values">,
): Map<number, number> {
  const found = new Map<number, number>();
  items.forEach((item, event) => {
    const at = positions[item] ?? -1;
    if (values[event]! >= liked && at >= 0 && !found.has(at)) found.set(at, event);
  });
  return found;
}

/** The same positions alone, each once. */
export function likedPositions(
  model: Pick<LikeModel, "positions" | "liked">,
  history: Pick<History, "items" | "values">,
): number[] {
  return [...firstLikes(model, history).keys()];
}

/**
 * What the likes `s` of somebody say of every item, `B'^T s`, by the weights that all *other* people make: without their
 * own likes `x` the inverse is `P' = P + P x (P x)^T / (1 - x^T P x)` (Sherman and Morrison 1950), and `B'` follows from it.
 * Somebody of training is told as a newcomer would be: their other likes do not shine through. `[n]`
 *
 * @param told positions of the likes that are told, `s`
 * @param own positions of all they like, `x`; without any, `B^T s`
 */
export function saidByOthers(
  { inverse, rows }: Pick<LikeModel, "inverse" | "rows">,
  told: readonly number[],
  own: readonly number[],
): Float32Array {
  const n = rows.length;
  const known = new Set(told);
  const said = sumRows(inverse, n, told);
  const rest = own.filter((at) => !known.has(at));
  const whole = own.length === 0 ? new Float32Array(n) : sumRows(inverse, n, rest);
  if (own.length > 0) for (let i = 0; i < n; i++) whole[i]! += said[i]!;
  const left = 1 - (own.length === 0 ? 0 : total(whole, [...told, ...rest]));
  const shared = total(whole, told) / left;
  const out = new Float32Array(n);
  for (let i = 0; i < n; i++)
    out[i] = -(said[i]! + whole[i]! * shared) / (inverse[i * (n + 1)]! + whole[i]! ** 2 / left);
  for (const at of told) out[at] = 0;
  return out;
}

const total = (values: Float32Array, at: readonly number[]): number =>
  at.reduce((sum, i) => sum + values[i]!, 0);
