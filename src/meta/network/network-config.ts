/** Hyper-parameters of every learner on a network. */
export interface NetworkConfig {
  /** What a task is about: a person; or an item, or a domain, whose events say who did them. */
  readonly about: "user" | "item" | "domain";
  /** Name of the inner loop, a row of `methods.ts`. */
  readonly method: string;
  /** Name of the network, a row of `src/models/models.ts`. */
  readonly model: string;
  /** Ratings: squared error. Clicks: binary cross-entropy. Lists: softmax over, or BPR against, sampled negatives. */
  readonly loss: "squared" | "cross-entropy" | "softmax" | "bpr";
  /** Items without an event drawn beside each event, where the loss needs some. */
  readonly negatives: number;
  /** Of each field's embedding. */
  readonly embeddingSize: number;
  /** How an item's attributes and its ID reach the network: side by side, or as one vector fused by gates (`models/gated.ts`). */
  readonly fusion: "join" | "gate";
  /** Widths of the hidden layers. */
  readonly hidden: readonly number[];
  /**
   * How weights start: "he" (He's normal weights, zero biases, embeddings of deviation .1), or as PyTorch's layers and
   * embeddings do, which is what most published code began with.
   */
  readonly start: "he" | "torch";
  /** Share of hidden units left out in meta-training. */
  readonly dropout: number;
  /** 2 differentiates through the inner steps; 1 takes the inner gradients as constants. */
  readonly order: 1 | 2;
  readonly innerOptimiser: "sgd" | "adam";
  readonly innerSteps: number;
  /** Of the first meta-training step; see `learnInnerRate`. */
  readonly innerLearningRate: number;
  /** Learn one inner learning rate a layer along with the rest. */
  readonly learnInnerRate: boolean;
  /** The inner loss is `sum of losses / (events + supportShrinkage)`: few events move the weights less. */
  readonly supportShrinkage: number;
  /** Weight of the distance to the prior in the inner loss (iMAML), of the divergence (neural process). */
  readonly proximity: number;
  /** Tasks in one meta-training step. */
  readonly batchTasks: number;
  /** Most support and query events a meta-training task has. */
  readonly maxShots: number;
  readonly maxQuery: number;
  /** Of the outer loop. */
  readonly learningRate: number;
  /** Whether it falls to zero over `steps` meta-training steps. */
  readonly decay: boolean;
  readonly steps: number;
  /** Ratings are learned in standard deviations from the mean; as they are where false. */
  readonly standardised: boolean;
  /** Decay of the mean of squared gradients in Adam. */
  readonly squaresDecay: number;
  /** Decoupled decay of weights and of the embeddings a step touches. */
  readonly weightDecay: number;
  /** Length of the step against the loss that embeddings are moved by before they are learned from; 0 for none. */
  readonly adversarial: number;
  /** Give people of the user table an embedding of their own, in tasks about items and domains. */
  readonly userIds: boolean;
  /** Give warm items an embedding of their own. */
  readonly itemIds: boolean;
  /** Tell the network the mean that others gave a warm item, in tasks about people. */
  readonly itemLevels: boolean;
  /** Probability that a task is played with cold items only: no ID embedding, no level. */
  readonly coldTasks: number;
  /** Probability that a single item is played as cold in the other tasks. */
  readonly idDropout: number;
  readonly clipNorm: number;
  readonly threads: number;
}

/** Found on held-out training people and items of MovieLens-1M. */
export const defaultNetworkConfig: NetworkConfig = {
  about: "user",
  method: "maml",
  model: "mlp",
  loss: "squared",
  negatives: 0,
  embeddingSize: 32,
  fusion: "join",
  hidden: [64, 64],
  start: "he",
  dropout: 0,
  order: 2,
  innerOptimiser: "sgd",
  innerSteps: 5,
  innerLearningRate: 0.3,
  learnInnerRate: true,
  supportShrinkage: 10,
  proximity: 1,
  batchTasks: 32,
  maxShots: 32,
  maxQuery: 20,
  learningRate: 3e-3,
  decay: true,
  steps: 600,
  standardised: true,
  squaresDecay: 0.99,
  weightDecay: 0.1,
  adversarial: 0,
  userIds: true,
  itemIds: true,
  itemLevels: true,
  coldTasks: 0.5,
  idDropout: 0.1,
  clipNorm: 5,
  threads: 2,
};
