import type { Query } from "../../data/query.ts";
import type { Learner } from "../learner.ts";
import type { RatingsPrior, RatingsState } from "./ratings-types.ts";

/** One person's taste, in log-odds. */
export interface ClicksFitted {
  readonly query: Query;
  /** Where in the history the used events begin. */
  readonly first: number;
  /** `[tasteSize]` */
  readonly mean: Float32Array;
  /** `[tasteSize, tasteSize]` */
  readonly covariance: Float32Array;
  /** What each used event adds to the mean, with padding behind. `[.., tasteSize]` */
  readonly events: Float32Array;
  /** What the prior adds to the mean. `[tasteSize]` */
  readonly prior: Float32Array;
}

/**
 * The Bayes head for yes or no: the probability that somebody likes an item, after a few closed forms over their events.
 * An event is a yes when its value is a like on the scale. Taking an event back is to adapt without it: nothing else is
 * kept of anybody.
 */
export interface ClicksBayes extends Learner<RatingsPrior, ClicksFitted, RatingsState> {
  /** `[items.length]` */
  probability(prior: RatingsPrior, fitted: ClicksFitted, items: Int32Array): Promise<Float32Array>;
}
