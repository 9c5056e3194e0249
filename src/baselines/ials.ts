import type { RunContext } from "../base/progress.ts";
import { createRng } from "../base/rng.ts";
import type { Space } from "../base/settings.ts";
import type { Dataset } from "../data/dataset.ts";
import type { Ranker } from "../data/query.ts";
import { fitAls } from "./als/als.ts";
import { alsFoldIn } from "./als/fold-in.ts";
import { likeCounts, likedItems, likesOf, pick, shareOfMost } from "./columns.ts";

export interface IalsConfig {
  readonly embeddingSize: number;
  readonly epochs: number;
  /** w0, the weight of pairs that were not observed; 1 / alpha of confidence 1 + alpha. */
  readonly unobservedWeight: number;
  /** Ridge per like, see `frequencyPower`. */
  readonly regularisation: number;
  /** nu: the ridge of a row is regularisation (likes + w0 rows of the other side)^nu. */
  readonly frequencyPower: number;
  /** Steps of conjugate gradients a row and epoch. */
  readonly solverSteps: number;
  /** Weight of the item's popularity (share of the most liked one) beside the product. */
  readonly popularity: number;
  readonly seed: number;
}

/**
 * A compromise found on the validation tenth of MovieLens-1M (nDCG@10 .235 without popularity, .222 with) and on cold users
 * split off the training users of MovieTweetings: nDCG@10 there .160 .170 .172 .167 at 1, 3, 5 and 10 shots against .159
 * .167 .169 .164 of popularity alone. MovieLens-1M with everybody wants no popularity.
 */
export const ialsDefaults: IalsConfig = {
  embeddingSize: 64,
  epochs: 16,
  unobservedWeight: 0.3,
  regularisation: 0.3,
  frequencyPower: 0.5,
  solverSteps: 3,
  popularity: 0.3,
  seed: 1,
};

export const ialsSpace: Space = {
  embeddingSize: { kind: "choice", of: [16, 32, 64, 128] },
  epochs: { kind: "integer", low: 4, high: 32, log: true },
  unobservedWeight: { kind: "number", low: 0.01, high: 1, log: true },
  regularisation: { kind: "number", low: 0.001, high: 10, log: true },
  frequencyPower: { kind: "number", low: 0, high: 1 },
  popularity: { kind: "number", low: 0, high: 1 },
};

/**
 * Implicit ALS (Hu, Koren and Volinsky 2008) in the form of Rendle 2021, see `fitAls`: score_i = x . y_i + popularity
 * n_i / max n. The x of anybody, seen in training or not, is the minimiser for the history's likes with the items
 * fixed, see `alsFoldIn`.
 *
 * @throws DATA when there is no like, CANCELLED
 * @example const ranker = await fitIals(train, { ...ialsDefaults, embeddingSize: 128 });
 */
export async function fitIals(
  train: Dataset,
  config: IalsConfig = ialsDefaults,
  context?: RunContext & { readonly threads?: number },
): Promise<Ranker> {
  const { byUser, byItem } = likesOf(train);
  const factors = await fitAls(byUser, byItem, {
    ...config,
    rng: createRng(config.seed).split("ials"),
    ...(context === undefined ? {} : { context }),
    threads: context?.threads ?? 1,
  });
  const fold = alsFoldIn(factors, config);
  const popular = shareOfMost(likeCounts(train));
  const { liked } = train.scale;
  return {
    name: "ials",
    async score({ history }, items) {
      const products = fold(likedItems(history, liked, popular.length)).scores(items);
      return pick(popular, items, 0).map((share, at) => products[at]! + config.popularity * share);
    },
  };
}
