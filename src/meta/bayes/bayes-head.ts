import type { Table } from "../../data/dataset.ts";
import type { Predicted, Query, Ranker } from "../../data/query.ts";
import type { Catalogue } from "../../encoders/catalogue.ts";
import type { RatingsKnowledge } from "../../encoders/ratings-knowledge.ts";
import { freezeTrends } from "../../encoders/trends.ts";
import type { Contribution } from "../learner.ts";
import { averaged, type Members, membersOf } from "../members.ts";
import { adaptOnce } from "../ranker.ts";
import { oneClassBayes } from "./one-class.ts";
import type { OneClassConfig } from "./one-class-config.ts";
import type { OneClassPrior } from "./one-class-types.ts";
import { ratingsBayes } from "./ratings.ts";
import type { RatingsConfig } from "./ratings-config.ts";
import type { RatingsPrior } from "./ratings-types.ts";

/** The head that says what somebody will choose; scores of several members are averaged. */
export interface ChoiceHead extends Members<OneClassPrior> {
  readonly catalogue: Catalogue;
  readonly config: Partial<OneClassConfig>;
}

/** The head that says how somebody will like what they chose; several members answer as a mixture. */
export interface LikingHead extends Members<RatingsPrior> {
  readonly knowledge: RatingsKnowledge;
  /** The user table of training. */
  readonly users: Table;
  readonly config: Partial<RatingsConfig>;
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
export type BayesHead = ChoiceRanker & LikingRanker;

export function bayesHead({ choice, liking }: BayesHeadParts): BayesHead {
  return { ...likingRanker(liking), ...choiceRanker(choice) };
}

/** What ranks and says why. */
export interface ChoiceRanker extends Ranker {
  /** Exact additive parts of each score. `[items.length]` lists */
  explain(query: Query, items: Int32Array): Promise<readonly (readonly Contribution[])[]>;
}

/** The head that says what will be chosen, alone as a ranker. */
export function choiceRanker(head: ChoiceHead): ChoiceRanker {
  const learner = averaged(oneClassBayes(head.catalogue, head.config));
  const priors = membersOf(head);
  const chooses = adaptOnce(learner, priors);
  return {
    name: "Bayes head",
    score: async (query, items) => learner.score(priors, await chooses(query), items),
    explain: async (query, items) => learner.explain(priors, await chooses(query), items),
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
