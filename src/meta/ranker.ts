import type { Query, Ranker } from "../data/query.ts";
import type { Served } from "./learner.ts";

/**
 * A learner with its prior as a ranker: adapts to the history of each request, by the learner's own `adapt`.
 *
 * @example const ranker = asRanker(learner, prior); await ranker.score(query, candidates);
 */
export function asRanker<Prior, Fitted>(
  learner: Served<Prior, Fitted>,
  prior: Prior,
  name: string = learner.name,
): Ranker {
  const fit = adaptOnce(learner, prior);
  const rate = learner.rate?.bind(learner);
  const predict = learner.predict?.bind(learner);
  const probability = learner.probability?.bind(learner);
  return {
    name,
    score: async (query, items) => learner.score(prior, await fit(query), items),
    ...(rate === undefined ? {} : { rate: async (query, items) => rate(prior, await fit(query), items) }),
    ...(predict && { predict: async (query, items) => predict(prior, await fit(query), items) }),
    ...(probability && {
      probability: async (query, items) => probability(prior, await fit(query), items),
    }),
  };
}

/** `adapt` that remembers the last request: scores, ratings and reasons of one request share one adaptation. */
export function adaptOnce<Prior, Fitted>(
  learner: Pick<Served<Prior, Fitted>, "adapt">,
  prior: Prior,
): (query: Query) => Promise<Fitted> {
  let last: { readonly query: Query; readonly fitted: Promise<Fitted> } | undefined;
  return (query) => {
    if (last?.query !== query) {
      last = { query, fitted: learner.adapt(prior, query).then(([fitted]) => fitted) };
    }
    return last.fitted;
  };
}
