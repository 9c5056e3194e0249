import type { Dataset } from "../data/dataset.ts";
import type { Ranker } from "../data/query.ts";
import { likeCounts, pick } from "./columns.ts";

/**
 * The same list for everybody: score = number of training likes of the item.
 *
 * @example const ranker = fitPopularity(train);
 */
export function fitPopularity(train: Dataset): Ranker {
  const likes = likeCounts(train);
  return { name: "popularity", score: async (_query, items) => pick(likes, items, 0) };
}
