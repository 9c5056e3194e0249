import type { Rng } from "../base/rng.ts";
import type { Predicted, Query } from "../data/query.ts";
import type { Task } from "../tasks/task.ts";

/** What `adapt` or `metaStep` did; for eyes only, nothing may depend on it. */
export type Info = Readonly<Record<string, number>>;

/** One additive part of a score. The parts of an item sum to its score. */
export interface Contribution {
  /** "event": one of the person's own; "prior": people like this in general; "item": the item's own bias;
   * "popularity": how popular it is for such a request. */
  readonly source: "event" | "prior" | "item" | "popularity";
  /** Which event: its position in the query's history. */
  readonly event?: number;
  readonly value: number;
}

/** What serving and judging ask of a learner. */
export type Served<Prior, Fitted> = Pick<
  Learner<Prior, Fitted, unknown>,
  "name" | "adapt" | "score" | "rate" | "predict" | "probability"
>;

/**
 * An inner-loop method with its meta-training. All state is a value: `Prior` is what meta-training learns, `Fitted`
 * what adaptation to one support set gives, `State` the prior with its optimiser state. Serving calls exactly this
 * `adapt`; there is no second implementation.
 */
export interface Learner<Prior, Fitted, State> {
  readonly name: string;
  init(rng: Rng): State;
  prior(state: State): Prior;
  /** Fits one support set (`query.history`); an empty one gives the prior's own opinion. */
  adapt(prior: Prior, query: Query): Promise<[Fitted, Info]>;
  /** Scores for ranking. `[items.length]` */
  score(prior: Prior, fitted: Fitted, items: Int32Array): Promise<Float32Array>;
  /** Predicted values on the data set's scale, where the learner predicts any. `[items.length]` */
  rate?(prior: Prior, fitted: Fitted, items: Int32Array): Promise<Float32Array>;
  /** The predicted distribution of each value, summarised, where the learner predicts one. */
  predict?(prior: Prior, fitted: Fitted, items: Int32Array): Promise<Predicted>;
  /** Probability that each item would be liked, where the learner predicts one. `[items.length]` */
  probability?(prior: Prior, fitted: Fitted, items: Int32Array): Promise<Float32Array>;
  /** Exact additive parts of each score, where the learner can give them. `[items.length]` lists */
  explain?(prior: Prior, fitted: Fitted, items: Int32Array): Promise<readonly (readonly Contribution[])[]>;
  /** One meta-gradient step on a batch of tasks. */
  metaStep(state: State, tasks: readonly Task[], rng: Rng): Promise<[State, Info]>;
  /** Loss on the query set after adaptation, one a task: what early stopping watches on `outerValid`. */
  queryLoss(prior: Prior, tasks: readonly Task[]): Promise<Float32Array>;
}
