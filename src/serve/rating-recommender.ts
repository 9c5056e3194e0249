import { topN } from "../base/ranking.ts";
import type { Scale, Table } from "../data/dataset.ts";
import { emptyHistory, type Ranker } from "../data/query.ts";
import { toAsked } from "./asked.ts";
import { named } from "./bayes-recommender.ts";
import type { Reason, Recommender } from "./recommender.ts";

export interface RatingModel {
  readonly modelId: string;
  readonly ranker: Ranker;
  readonly items: Table;
  readonly scale: Scale;
  /** Items that may be recommended, ascending. */
  readonly candidates: Int32Array;
}

/**
 * A model that cannot take its scores apart, such as MAML: the item's part is what a stranger would be told, the rest is
 * what the person's events changed, all together.
 */
export function ratingRecommender({ modelId, ranker, items, scale, candidates }: RatingModel): Recommender {
  const rows = new Map(items.ids.map((id, row) => [id, row]));
  return {
    modelId,
    items,
    scale,
    async recommend(request) {
      const { query, excluded } = toAsked(request, rows, scale);
      const allowed = candidates.filter((row) => !excluded.has(row));
      const best = topN(await ranker.score(query, allowed), allowed, request.n, 0);
      const ours = await ranker.score(query, best);
      const strangers = await ranker.score({ ...query, history: emptyHistory }, best);
      return Array.from(best, (row, i) => {
        const [item, event] = [strangers[i] ?? 0, (ours[i] ?? 0) - (strangers[i] ?? 0)];
        const reasons: Reason[] = [{ kind: "item", contribution: item }];
        if (query.history.items.length > 0) reasons.push({ kind: "event", contribution: event });
        return {
          ...named(items, row),
          score: reasons.reduce((sum, { contribution }) => sum + contribution, 0),
          reasons,
        };
      });
    },
  };
}
