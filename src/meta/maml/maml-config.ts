/** Hyper-parameters of MAML on MeLU's network; defaults found on held-out training people and items of MovieLens-1M. */
export interface MamlConfig {
  /** Of each field's embedding. */
  readonly embeddingSize: number;
  /** Widths of the hidden layers. */
  readonly hidden: readonly number[];
  /** 2 differentiates through the inner steps; 1 takes the inner gradients as constants (FOMAML). */
  readonly order: 1 | 2;
  readonly innerSteps: number;
  /** Of the first meta-training step; see `learnInnerRate`. */
  readonly innerLearningRate: number;
  /** Learn one inner learning rate a layer along with the rest (Meta-SGD's idea, Li et al. 2017, a rate a layer). */
  readonly learnInnerRate: boolean;
  /** The inner loss is `sum of squared errors / (events + supportShrinkage)`: few events move the weights less. */
  readonly supportShrinkage: number;
  /** People in one meta-training step. */
  readonly batchTasks: number;
  /** Most support and query events a meta-training task has. */
  readonly maxShots: number;
  readonly maxQuery: number;
  /** Of the outer loop. */
  readonly learningRate: number;
  /** Meta-training steps the learning rate decays over. */
  readonly steps: number;
  /** Decoupled decay of weights and of the embeddings a step touches. */
  readonly weightDecay: number;
  /** Give warm items an embedding of their own; MeLU's network knows content alone. */
  readonly itemIds: boolean;
  /** Tell the network the mean that others gave a warm item; MeLU's does not know it. */
  readonly itemLevels: boolean;
  /** Probability that a task is played with cold items only: no ID embedding, no level. */
  readonly coldTasks: number;
  /** Probability that a single item is played as cold in the other tasks. */
  readonly idDropout: number;
  readonly clipNorm: number;
  readonly threads: number;
}

export const defaultMamlConfig: MamlConfig = {
  embeddingSize: 32,
  hidden: [64, 64],
  order: 2,
  innerSteps: 5,
  innerLearningRate: 0.3,
  learnInnerRate: true,
  supportShrinkage: 10,
  batchTasks: 32,
  maxShots: 32,
  maxQuery: 20,
  learningRate: 3e-3,
  steps: 600,
  weightDecay: 0.1,
  itemIds: true,
  itemLevels: true,
  coldTasks: 0.5,
  idDropout: 0.1,
  clipNorm: 5,
  threads: 2,
};
