/** Probability that an interval leaves out at either end. What a calibration gives is saved as part of the config. */
export interface IntervalTails {
  readonly warmTail: number;
  /** Of items without events. */
  readonly coldTail: number;
}

/** Which summary of the predicted distribution stands for a rating. */
export const points = ["mean", "median"] as const;
export type Point = (typeof points)[number];

/** Hyper-parameters of the ratings Bayes head; defaults found on MovieLens-1M (MeLU's states, one draw). */
export interface RatingsConfig extends IntervalTails {
  /** Length of the learned content embedding. */
  readonly contentSize: number;
  /** People in one meta-training step. */
  readonly batchTasks: number;
  /** Most support and query events a meta-training task has. */
  readonly maxShots: number;
  readonly maxQuery: number;
  readonly learningRate: number;
  /** Meta-training steps the learning rate decays over. */
  readonly steps: number;
  /** Share of the learning rate for the collaborative factors, which start fitted. */
  readonly factorRate: number;
  /** Decoupled decay of the content and person embeddings a step touches. */
  readonly weightDecay: number;
  /** Probability that a task is played with cold items only: content's predictions for what events would have said. */
  readonly coldTasks: number;
  readonly clipNorm: number;
  /** Weight of the squared error of a distribution's mean in the loss, in squared standard deviations, beside its surprise. */
  readonly squaredError: number;
  /**
   * What `rate` answers: the mean has the least expected squared error, the median (a value of the scale) the least
   * expected absolute error. Scores, which order a list, are means all the same.
   */
  readonly point: Point;
  readonly threads: number;
}

export const defaultRatingsConfig: RatingsConfig = {
  contentSize: 16,
  batchTasks: 32,
  maxShots: 90,
  maxQuery: 20,
  learningRate: 3e-3,
  steps: 1750,
  factorRate: 0.1,
  weightDecay: 0.01,
  coldTasks: 0.5,
  clipNorm: 1,
  squaredError: 0,
  point: "mean",
  warmTail: 0.05,
  coldTail: 0.05,
  threads: 2,
};
