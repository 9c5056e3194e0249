import type { Rng } from "../base/rng.ts";
import type { Query } from "../data/query.ts";
import type { Task } from "../tasks/task.ts";

/** What `adapt` or `metaStep` did; for eyes only, nothing may depend on it. */
export type Info = Readonly<Record<string, number>>;

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
  /** One meta-gradient step on a batch of tasks. */
  metaStep(state: State, tasks: readonly Task[], rng: Rng): Promise<[State, Info]>;
}
