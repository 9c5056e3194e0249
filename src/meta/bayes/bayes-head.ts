import type { Table } from "../../data/dataset.ts";
import type { Predicted, Query, Ranker } from "../../data/query.ts";
import type { Catalogue } from "../../encoders/catalogue.ts";
import type { RatingsKnowledge } from "../../encoders/ratings-knowledge.ts";
import { freezeTrends } from "../../encoders/trends.ts";
import type { Contribution } from "../learner.ts";
import { adaptOnce } from "../ranker.ts";
import { oneClassBayes } from "./one-class.ts";
import type { OneClassConfig } from "./one-class-config.ts";
import type { OneClassPrior } from "./one-class-types.ts";
import { ratingsBayes } from "./ratings.ts";
import type { RatingsConfig } from "./ratings-config.ts";
import type { RatingsPrior } from "./ratings-types.ts";

/** The head that says what somebody will choose. */
export interface ChoiceHead {
  readonly catalogue: Catalogue;
  readonly config: Partial<OneClassConfig>;
  readonly prior: OneClassPrior;
}

/** The head that says how somebody will like what they chose. */
export interface LikingHead {
  readonly knowledge: RatingsKnowledge;
  /** The user table of training. */
  readonly users: Table;
  readonly config: Partial<RatingsConfig>;
  readonly prior: RatingsPrior;
  /** Of members beside the first, from other starts and other draws: all answer together, as a mixture. */
  readonly others?: readonly RatingsPrior[];
}

/** A trained Bayes head: plain data, typed arrays and JSON values, nothing else. */
export interface BayesHeadParts {
  readonly choice: ChoiceHead;
  readonly liking: LikingHead;
}

/**
 * The Bayes head as one ranker: scores by the one-class head, ratings by the ratings head (their `point`: the mean, or the
 * median, the better guess under absolute error), with intervals.
 */
export interface BayesHead extends LikingRanker {
  /** Exact additive parts of each score. `[items.length]` lists */
  explain(query: Query, items: Int32Array): Promise<readonly (readonly Contribution[])[]>;
}

export function bayesHead({ choice, liking }: BayesHeadParts): BayesHead {
  const oneClass = oneClassBayes(choice.catalogue, choice.config);
  const likes = likingRanker(liking);
  const chooses = adaptOnce(oneClass, choice.prior);
  return {
    name: "Bayes head",
    score: async (query, items) => oneClass.score(choice.prior, await chooses(query), items),
    rate: likes.rate,
    predict: likes.predict,
    explain: async (query, items) =>
      (await oneClass.explain?.(choice.prior, await chooses(query), items)) ?? [],
  };
}

/** What predicts ratings and their distributions. */
export interface LikingRanker extends Ranker {
  rate(query: Query, items: Int32Array): Promise<Float32Array>;
  predict(query: Query, items: Int32Array): Promise<Predicted>;
}

/** The head that says how something will be liked, alone as a ranker. */
export function likingRanker(head: LikingHead): LikingRanker {
  const { mixture } = ratingsBayes(head.knowledge, head.users, head.config);
  const priors = membersOf(head);
  const likes = adaptOnce(mixture, priors);
  return {
    name: "Bayes head",
    score: async (query, items) => mixture.score(priors, await likes(query), items),
    rate: async (query, items) => mixture.rate(priors, await likes(query), items),
    predict: async (query, items) => mixture.predict(priors, await likes(query), items),
  };
}

/** Priors of all members, the first first. */
export function membersOf({ prior, others = [] }: LikingHead): readonly RatingsPrior[] {
  return [prior, ...others];
}

/**
 * What a service needs of a trained head: popularity as of the end of training, and nothing about the people it was
 * trained on.
 */
export function withoutPeople({ choice, liking }: BayesHeadParts): BayesHeadParts {
  const { knowledge } = liking;
  return {
    choice: { ...choice, catalogue: frozenCatalogue(choice.catalogue) },
    liking: {
      ...liking,
      users: emptied(liking.users),
      knowledge: { ...knowledge, means: { ...knowledge.means, userLevels: new Float32Array(0) } },
    },
  };
}

/** A catalogue as of the end of training, without the levels of the people of training. */
export function frozenCatalogue(catalogue: Catalogue): Catalogue {
  const means = { ...catalogue.means, userLevels: new Float32Array(0) };
  return { ...catalogue, means, trends: freezeTrends(catalogue.trends) };
}

/** The columns of a table without its rows. */
function emptied({ columns }: Table): Table {
  const kinds = Object.entries(columns).map(([name, column]) => [
    name,
    { kind: column.kind, values: column.kind === "numeric" ? new Float64Array(0) : [] },
  ]);
  return { ids: [], columns: Object.fromEntries(kinds) as Table["columns"] };
}
