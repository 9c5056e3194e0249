/** Hyper-parameters of the one-class Bayes head; defaults found by the loss of held-out training people of MovieTweetings. */
export interface OneClassConfig {
  readonly embeddingSize: number;
  readonly hiddenSize: number;
  /** People in one meta-training step. */
  readonly batchTasks: number;
  /** Most support events a meta-training task has. */
  readonly maxShots: number;
  readonly learningRate: number;
  /** Meta-training steps the learning rate decays over. */
  readonly steps: number;
  /** Probability that an item's ID embedding is hidden for a step, so that cold items are ordinary inputs. */
  readonly idDropout: number;
  /** Weights of the squared penalties, in the loss. */
  readonly penalty: { readonly embeddings: number; readonly network: number };
  readonly clipNorm: number;
  readonly threads: number;
}

export const defaultOneClassConfig: OneClassConfig = {
  embeddingSize: 32,
  hiddenSize: 32,
  batchTasks: 128,
  maxShots: 10,
  learningRate: 3e-3,
  steps: 700,
  idDropout: 0.8,
  penalty: { embeddings: 3e-3, network: 1e-4 },
  clipNorm: 5,
  threads: 2,
};
