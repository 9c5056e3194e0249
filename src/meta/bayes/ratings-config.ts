/** Hyper-parameters of the ratings Bayes head; defaults found on held-out training people of MovieLens-1M. */
export interface RatingsConfig {
  readonly embeddingSize: number;
  /** People in one meta-training step. */
  readonly batchTasks: number;
  /** Most support and query events a meta-training task has. */
  readonly maxShots: number;
  readonly maxQuery: number;
  readonly learningRate: number;
  /** Meta-training steps the learning rate decays over. */
  readonly steps: number;
  /** Decay of the embeddings a step touches, decoupled. */
  readonly weightDecay: number;
  /** Probability that a task is played with cold items only: no ID embedding, no item level. */
  readonly coldTasks: number;
  /** Probability that a single item is played as cold in the other tasks. */
  readonly idDropout: number;
  readonly clipNorm: number;
  readonly threads: number;
}

export const defaultRatingsConfig: RatingsConfig = {
  embeddingSize: 32,
  batchTasks: 32,
  maxShots: 90,
  maxQuery: 20,
  learningRate: 3e-3,
  steps: 1500,
  weightDecay: 0.01,
  coldTasks: 0.5,
  idDropout: 0.1,
  clipNorm: 5,
  threads: 2,
};
