import type { Dataset } from "../data/dataset.ts";
import type { PairScorer } from "../data/query.ts";

export interface ItemRateConfig {
  /** Events at the overall share of likes that every item is given; infinitely many leave every item the same. */
  readonly itemShrinkage: number;
}

export const itemRateDefaults: ItemRateConfig = { itemShrinkage: 10 };

/**
 * The same probability for everybody: the share of likes among the events of an item, or a domain, shrunk to the share m of training,
 * p = (likes + s m) / (events + s) with s = `itemShrinkage` (the posterior mean of a beta-binomial).
 *
 * @example const scorer = fitItemRate(train); await scorer.probability({ item, history }, { users, items });
 */
export function fitItemRate(
  train: Dataset,
  { itemShrinkage }: ItemRateConfig = itemRateDefaults,
): PairScorer {
  const { liked } = train.scale;
  const likes = (values: Float32Array): number => values.filter((value) => value >= liked).length;
  const { value } = train.interactions;
  const mean = likes(value) / value.length;
  return {
    name: "item-rate",
    probability: async ({ history: { values } }, { users }) => {
      const trust = values.length / (values.length + itemShrinkage);
      const own = trust === 0 ? mean : trust * (likes(values) / values.length) + (1 - trust) * mean;
      return new Float32Array(users.length).fill(own);
    },
  };
}
