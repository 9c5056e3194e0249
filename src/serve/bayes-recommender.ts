import { topN } from "../base/ranking.ts";
import type { Table } from "../data/dataset.ts";
import { type BayesHeadParts, bayesHead } from "../meta/bayes/bayes-head.ts";
import { elicitation } from "../meta/bayes/elicit.ts";
import { memo } from "../meta/buckets.ts";
import type { Contribution } from "../meta/learner.ts";
import { type Asked, toAsked } from "./asked.ts";
import type { Reason, Recommendation, Recommender } from "./recommender.ts";

/**
 * The Bayes head as the service and the command line use it. Candidates are the items that enough people liked in
 * training, as in the protocol that judged the head.
 *
 * @param modelId what answers are signed with
 */
export function bayesRecommender(parts: BayesHeadParts, modelId: string): Recommender {
  const { items, scale, warm, warmRow } = parts.choice.catalogue;
  const head = bayesHead(parts);
  const rows = new Map(items.ids.map((id, row) => [id, row]));
  /** The whole list is scored, whoever asks, so that what is known of its items need not be laid out anew. */
  const bestOf = (scores: Float32Array, { excluded }: Asked, n: number): Int32Array => {
    const out = [...excluded].map((row) => warmRow[row] ?? -1).filter((at) => at >= 0);
    for (const at of out) scores[at] = Number.NEGATIVE_INFINITY;
    return topN(scores, warm, Math.min(n, warm.length - out.length), 0);
  };
  const elicit = memo((_: "liking") => elicitation(parts.liking));
  return {
    modelId,
    items,
    scale,
    async questions(request) {
      const { query, excluded, unanswered } = toAsked(request, rows, scale);
      const options = { n: request.n, except: excluded, unanswered };
      const found = await elicit("liking").questions(query, options);
      return found.map(({ item, worth }) => ({ ...named(items, item), worth }));
    },
    async recommend(request) {
      const asked = toAsked(request, rows, scale);
      const best = bestOf(await head.score(asked.query, warm), asked, request.n);
      const explained = await head.explain(asked.query, best);
      return Array.from(best, (row, i) => toRecommendation(items, row, explained[i] ?? [], asked)).sort(
        (a, b) => b.score - a.score,
      );
    },
  };
}

/** The score is the sum of its reasons, to the last bit. */
function toRecommendation(
  items: Table,
  row: number,
  contributions: readonly Contribution[],
  asked: Asked,
): Recommendation {
  const reasons = contributions.map((one) => toReason(items, one, asked));
  return {
    ...named(items, row),
    score: reasons.reduce((sum, { contribution }) => sum + contribution, 0),
    reasons,
  };
}

function toReason(items: Table, { source, event, value }: Contribution, { query }: Asked): Reason {
  if (source !== "event") return { kind: source, contribution: value };
  const { id, title } = named(items, query.history.items[event ?? -1] ?? -1);
  return { kind: "event", item: id, ...(title === undefined ? {} : { title }), contribution: value };
}

/** Id and, where titles are known, title of an item. */
export function named(items: Table, row: number): { readonly id: string; readonly title?: string } {
  const id = items.ids[row] ?? "";
  const column = items.columns["title"];
  const title = column?.kind === "text" || column?.kind === "categorical" ? column.values[row] : undefined;
  return title === undefined ? { id } : { id, title };
}
