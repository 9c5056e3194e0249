import type { Predicted, Query } from "../../data/query.ts";
import type { State as OptimiserState, RowAdamState } from "../../optim/index.ts";
import type { Task } from "../../tasks/task.ts";
import type { Learner, Served } from "../learner.ts";
import type { HostParams } from "../params.ts";
import type { IntervalTails } from "./ratings-config.ts";
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
  /** How much larger the person's variances are than everybody's, already in `covariance`. `[1]` */
  readonly scale: Float32Array;
  /** What the taste leaves of the values of the latest events, then padding. `[events, or more]` */
  readonly left: Float32Array;
}

/** What a person would give to items, on the data set's scale. `[n]` each */
export interface Prediction extends Predicted {
  /** Variance before rounding to the scale's values. */
  readonly variance: Float32Array;
}

/**
 * Several priors as one head, an equal share each: the mixture of their predictive distributions (Lakshminarayanan et al.
 * 2017, deep ensembles).
 */
export interface RatingsMixture extends Served<readonly RatingsPrior[], readonly RatingsFitted[]> {
  predict(
    priors: readonly RatingsPrior[],
    fitted: readonly RatingsFitted[],
    items: Int32Array,
  ): Promise<Prediction>;
  rate(
    priors: readonly RatingsPrior[],
    fitted: readonly RatingsFitted[],
    items: Int32Array,
  ): Promise<Float32Array>;
}

/** The Bayes head for ratings: a predictive distribution in closed form, for any number of events. */
export interface RatingsBayes extends Learner<RatingsPrior, RatingsFitted, RatingsState> {
  /**
   * Mean, median and the central 90 % interval. Between two neighbouring values the probability of each is spread evenly
   * up to the middle, so the ends fall between values too; a value is held when it lies between the ends or on one.
   */
  predict(prior: RatingsPrior, fitted: RatingsFitted, items: Int32Array): Promise<Prediction>;
  /** What the `point` of the configuration picks of each distribution. `[items.length]` */
  rate(prior: RatingsPrior, fitted: RatingsFitted, items: Int32Array): Promise<Float32Array>;
  /**
   * The tails with which 90 % of the query values of `tasks` lie in their intervals, for warm and for cold items:
   * split conformal prediction (Papadopoulos et al. 2002) with the depth of a value in its own distribution as the score.
   *
   * @param priors of the mixture that will answer
   * @param tasks of people whom none of them was trained on
   */
  calibrate(priors: readonly RatingsPrior[], tasks: readonly Task[]): Promise<IntervalTails>;
  readonly mixture: RatingsMixture;
}
