import type { Query } from "../../data/query.ts";
import type { State as OptimiserState, RowAdamState } from "../../optim/index.ts";
import type { Learner } from "../learner.ts";
import type { HostParams } from "../params.ts";
import type { RatingsTables } from "./ratings-layout.ts";

/** What meta-training learns. */
export interface RatingsPrior {
  readonly params: HostParams;
  readonly tables: RatingsTables;
}

export interface RatingsState extends RatingsPrior {
  readonly optimiser: OptimiserState;
  readonly rows: Readonly<Record<keyof RatingsTables, RowAdamState>>;
}

/** One person's taste, in standard deviations of the training values. */
export interface RatingsFitted {
  readonly query: Query;
  /** `[tasteSize]` */
  readonly mean: Float32Array;
  /** `[tasteSize, tasteSize]` */
  readonly covariance: Float32Array;
}

/** What a person would give to items, on the data set's scale. `[n]` each */
export interface Prediction {
  /** Expected value. */
  readonly mean: Float32Array;
  /** The value at or below which half of the probability lies: the best guess under absolute error. */
  readonly median: Float32Array;
  /** Variance before rounding to the scale's values. */
  readonly variance: Float32Array;
}

/** The Bayes head for ratings: a predictive distribution in closed form, for any number of events. */
export interface RatingsBayes extends Learner<RatingsPrior, RatingsFitted, RatingsState> {
  predict(prior: RatingsPrior, fitted: RatingsFitted, items: Int32Array): Promise<Prediction>;
}
