import type { Dataset } from "../data/dataset.ts";
import type { Ranker } from "../data/query.ts";
import { baseline, fitBiases } from "./biases.ts";

export interface ItemMeanConfig {
  /** Events at the overall mean that every item is given. */
  readonly itemShrinkage: number;
}

/** Least MAE on cold users split off the training users of MovieTweetings; flat between 1 and 5. */
export const itemMeanDefaults: ItemMeanConfig = { itemShrinkage: 2 };

/**
 * The same values for everybody: the item's mean, shrunk to the overall mean,
 * mean + sum(r - mean) / (n + itemShrinkage).
 *
 * @throws DATA when there is no event
 * @example const ranker = fitItemMean(train, { itemShrinkage: 10 });
 */
export function fitItemMean(train: Dataset, config: ItemMeanConfig = itemMeanDefaults): Ranker {
  const biases = fitBiases(train, { ...config, userShrinkage: Number.POSITIVE_INFINITY });
  const rate: Ranker["score"] = async (_query, items) =>
    Float32Array.from(items, (item) => baseline(biases, item));
  return { name: "item-mean", score: rate, rate };
}
