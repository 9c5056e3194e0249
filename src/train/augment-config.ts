import { type TInteger, type TNumber, Type } from "typebox";

/** What is done to the training people of a learner; 0 switches a part off. */
export interface AugmentConfig {
  /** Share of the tasks that get a smaller support. */
  readonly augmentSubsample: number;
  /** Share of the items that are played as unknown. */
  readonly augmentMask: number;
  /** Share of the people that are mixed with somebody similar. */
  readonly augmentMix: number;
  /** Labels of a teacher (a Bayes head for ratings, fitted first) added to the query of each task, at most. */
  readonly pseudoLabels: number;
  /** How sure the teacher must be, from 0 to 1; see `pseudoLabels`. */
  readonly pseudoConfidence: number;
  /** What a teacher's label counts, where an observed event counts 1. */
  readonly pseudoWeight: number;
  /** People drawn from the taste distribution of a Bayes head (fitted first), for each real one. */
  readonly syntheticUsers: number;
  /** Power of the inverse frequency of items in the weights of query events. */
  readonly popularityWeights: number;
  /** The same of their values. */
  readonly classWeights: number;
}

export const noAugmentation: AugmentConfig = {
  augmentSubsample: 0,
  augmentMask: 0,
  augmentMix: 0,
  pseudoLabels: 0,
  pseudoConfidence: 0.4,
  pseudoWeight: 0.3,
  syntheticUsers: 0,
  popularityWeights: 0,
  classWeights: 0,
};

const share = Type.Number({ minimum: 0, maximum: 1 });
const power = Type.Number({ minimum: 0, maximum: 2 });

/** Schemas of the fields of an {@link AugmentConfig}. */
export const augmentFields: Readonly<Record<keyof AugmentConfig, TNumber | TInteger>> = {
  augmentSubsample: share,
  augmentMask: share,
  augmentMix: share,
  pseudoLabels: Type.Integer({ minimum: 0, maximum: 100 }),
  pseudoConfidence: share,
  pseudoWeight: share,
  syntheticUsers: Type.Number({ minimum: 0, maximum: 10 }),
  popularityWeights: power,
  classWeights: power,
};
