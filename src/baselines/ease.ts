import { check } from "../base/errors.ts";
import type { Space } from "../base/settings.ts";
import type { Dataset } from "../data/dataset.ts";
import type { Ranker } from "../data/query.ts";
import { coLikesInverse, sumRows } from "../encoders/co-likes.ts";
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

function catalogueOf(likes: Float32Array, minLikes: number): Catalogue {
  let size = 0;
  const position = Int32Array.from(likes, (n) => (n >= Math.max(1, minLikes) ? size++ : -1));
  return { position, size };
}

/**
 * The weights B of EASE.
 *
 * @param likes item rows below `size` of each user; negative ones do not take part
 * @returns `[size * size]` row j: what a like of j says about each item
 * @throws CONFIG, DATA for more than 20,000 items, NUMERIC when the regularisation is too small
 */
export async function easeWeights(
  likes: Links,
  size: number,
  options: { readonly regularisation: number; readonly threads?: number },
): Promise<Float32Array> {
  check(options.regularisation > 0, "CONFIG", () => ({
    where: "ease.regularisation",
    expected: "a number above 0",
    got: String(options.regularisation),
  }));
  check(size <= MOST_ITEMS, "DATA", () => ({
    where: "ease",
    expected: `at most ${MOST_ITEMS} items with weights, for memory grows with their square`,
    got: `${size}, ${Math.round((5 * 4 * size ** 2) / 1e9)} GB`,
    hint: "More likes an item (minLikes) leave fewer; item-knn and ials take any number.",
  }));
  const inverse = await coLikesInverse(likes, size, options);
  const column = Float32Array.from({ length: size }, (_, i) => -1 / inverse[i * (size + 1)]!);
  for (let j = 0; j < size; j++) {
    const at = j * size;
    for (let i = 0; i < size; i++) inverse[at + i]! *= column[i]!;
    inverse[at + j] = 0;
  }
  return inverse;
}
