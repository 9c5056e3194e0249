import { check } from "../base/errors.ts";
import type { Space } from "../base/settings.ts";
import type { Dataset } from "../data/dataset.ts";
import type { Ranker } from "../data/query.ts";
import { invertLarge } from "../tensor/dense.ts";
import type { Links } from "./als/plan.ts";
import { likeCounts, likedItems, likesOf, pick, shareOfMost } from "./columns.ts";

export interface EaseConfig {
  /** Ridge on the weights. */
  readonly regularisation: number;
  /** Weight of the item's popularity (share of the most liked one) beside what the history says. */
  readonly popularity: number;
  /** Likes an item needs to have weights of its own; the rest is ranked by popularity. */
  readonly minLikes: number;
}

/**
 * Tuned on cold users split off the training users of MovieTweetings: nDCG@10 there .181 .173 .172 .185 at 1, 3, 5 and 10
 * shots, .175 .160 .159 .166 for popularity alone; flat between 15 and 100. MovieLens-1M with everybody wants about
 * 1,000 and no popularity.
 */
export const easeDefaults: EaseConfig = { regularisation: 30, popularity: 0.3, minLikes: 5 };

/** Items with weights: their position in the matrix, -1 for the others. `[items]` */
interface Catalogue {
  readonly position: Int32Array;
  readonly size: number;
}

/** Items that may have weights: 20,000 take about 8 GB. */
const MOST_ITEMS = 20_000;

export const easeSpace: Space = {
  regularisation: { kind: "number", low: 5, high: 3000, log: true },
  popularity: { kind: "number", low: 0, high: 1 },
  minLikes: { kind: "choice", of: [1, 3, 5, 10] },
};

/**
 * Embarrassingly shallow autoencoder (Steck 2019): P = (X^T X + regularisation I)^-1 over likes X, B_ji = -P_ji / P_ii,
 * B_ii = 0; score_i = sum of B_ji over the liked items j of the history + popularity n_i / max n. Memory is about five
 * times 4 items^2 bytes.
 *
 * @param options.threads of the inverse, 1 unless told
 * @throws DATA when there is no like, or for more than 20,000 items, NUMERIC when the regularisation is too small
 * @example const ranker = await fitEase(train, { regularisation: 1000, popularity: 0, minLikes: 1 });
 */
export async function fitEase(
  train: Dataset,
  config: EaseConfig = easeDefaults,
  options: { readonly threads?: number } = {},
): Promise<Ranker> {
  const likes = likeCounts(train);
  const popular = shareOfMost(likes);
  const { position, size } = catalogueOf(likes, config.minLikes);
  const { byUser } = likesOf(train);
  const weights = await easeWeights(
    { offsets: byUser.offsets, others: byUser.others.map((item) => position[item]!) },
    size,
    { regularisation: config.regularisation, threads: options.threads ?? 1 },
  );
  const { liked } = train.scale;
  return {
    name: "ease",
    async score({ history }, items) {
      const rows = likedItems(history, liked, likes.length).map((j) => position[j]!);
      const sums = sumRows(
        weights,
        size,
        rows.filter((row) => row >= 0),
      );
      return pick(popular, items, 0).map(
        (share, at) => (sums[position[items[at]!] ?? -1] ?? 0) + config.popularity * share,
      );
    },
  };
}

/**
 * Sum of the given rows of a square matrix. Four rows a pass, because a pass over one row spends most of its time on
 * reading and writing the sums: a third of the time on histories of 130 items.
 */
function sumRows(weights: Float32Array, size: number, rows: ArrayLike<number>): Float32Array {
  const sums = new Float32Array(size);
  const rest = rows.length % 4;
  for (let at = 0; at < rest; at++) {
    const a = rows[at]! * size;
    for (let i = 0; i < size; i++) sums[i]! += weights[a + i]!;
  }
  for (let at = rest; at < rows.length; at += 4) {
    const [a, b, c, d] = [rows[at]! * size, rows[at + 1]! * size, rows[at + 2]! * size, rows[at + 3]! * size];
    for (let i = 0; i < size; i++)
      sums[i] = sums[i]! + weights[a + i]! + weights[b + i]! + weights[c + i]! + weights[d + i]!;
  }
  return sums;
}

function catalogueOf(likes: Float32Array, minLikes: number): Catalogue {
  let size = 0;
  const position = Int32Array.from(likes, (n) => (n >= Math.max(1, minLikes) ? size++ : -1));
  return { position, size };
}

/**
 * The weights B of EASE. The matrix is scaled to a diagonal of ones before it is inverted in float32: items differ a
 * thousandfold in likes, and its condition with them.
 *
 * @param likes item rows below `size` of each user; negative ones do not take part
 * @returns `[size * size]` row j: what a like of j says about each item
 * @throws CONFIG, DATA for more than 20,000 items, NUMERIC when the regularisation is too small
 */
export async function easeWeights(
  likes: Links,
  size: number,
  { regularisation, threads = 1 }: { readonly regularisation: number; readonly threads?: number },
): Promise<Float32Array> {
  check(regularisation > 0, "CONFIG", () => ({
    where: "ease.regularisation",
    expected: "a number above 0",
    got: String(regularisation),
  }));
  check(size <= MOST_ITEMS, "DATA", () => ({
    where: "ease",
    expected: `at most ${MOST_ITEMS} items with weights, for memory grows with their square`,
    got: `${size}, ${Math.round((5 * 4 * size ** 2) / 1e9)} GB`,
    hint: "More likes an item (minLikes) leave fewer; item-knn and ials take any number.",
  }));
  if (size === 0) return new Float32Array(0);
  const gram = commonLikes(likes, size);
  const scale = Float32Array.from(
    { length: size },
    (_, i) => 1 / Math.sqrt(gram[i * (size + 1)]! + regularisation),
  );
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) gram[i * size + j]! *= scale[i]! * scale[j]!;
    gram[i * (size + 1)] = 1;
  }
  const inverse = await invertLarge(gram, size, { threads });
  // B_ji = -P_ji / P_ii with P_ji = scale_j inverse_ji scale_i.
  const column = Float32Array.from(scale, (s, i) => -1 / (inverse[i * (size + 1)]! * s));
  for (let j = 0; j < size; j++) {
    const at = j * size;
    for (let i = 0; i < size; i++) inverse[at + i]! *= scale[j]! * column[i]!;
    inverse[at + j] = 0;
  }
  return inverse;
}

/** X^T X: how many people like both. `[size * size]` */
function commonLikes({ offsets, others }: Links, size: number): Float32Array {
  const gram = new Float32Array(size * size);
  for (let user = 0; user + 1 < offsets.length; user++) {
    const own = others
      .subarray(offsets[user], offsets[user + 1])
      .filter((item) => item >= 0)
      .sort();
    for (let a = 0; a < own.length; a++) {
      const row = own[a]! * size;
      for (let b = a; b < own.length; b++) gram[row + own[b]!]!++;
    }
  }
  for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) gram[i * size + j] = gram[j * size + i]!;
  return gram;
}
