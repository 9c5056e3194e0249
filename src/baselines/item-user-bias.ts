import type { Dataset } from "../data/dataset.ts";
import type { Ranker } from "../data/query.ts";
import { type BiasConfig, baseline, fitBiases, offsetOf } from "./biases.ts";

/** Least MAE over 1 to 10 shots on cold users split off the training users of MovieTweetings; MovieLens-1M agrees. */
export const itemUserBiasDefaults: BiasConfig = { itemShrinkage: 2, userShrinkage: 4 };

/**
 * mean + b_i + b_u with b_u from the history alone: sum of residuals / (events + userShrinkage). Nobody's order of
 * items differs from another's, so it ranks like a debiased item mean. Koren, Bell and Volinsky 2009, eq. 3.
 *
 * @throws DATA when there is no event
 * @example const ranker = fitItemUserBias(train);
 */
export function fitItemUserBias(train: Dataset, config: BiasConfig = itemUserBiasDefaults): Ranker {
  const biases = fitBiases(train, config);
  return {
    name: "item-user-bias",
    score: async (_query, items) => Float32Array.from(items, (item) => baseline(biases, item)),
    async rate({ history }, items) {
      const offset = offsetOf(biases, history, config.userShrinkage);
      return Float32Array.from(items, (item) => baseline(biases, item) + offset);
    },
  };
}
