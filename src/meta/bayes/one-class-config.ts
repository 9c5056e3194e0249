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
  /** How an item's fields and its ID become one vector: added up, or fused by gates (`models/fusion.ts`). */
  readonly fusion: "sum" | "gate";
  /** Probability that a field is hidden for a step, where gates fuse (ModDrop, Neverova et al. 2016, sec. 5). */
  readonly modalityDropout: number;
  /** Fields, or {@link idModality}, that nothing is known of. */
  readonly without: readonly string[];
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
  fusion: "sum",
  modalityDropout: 0,
  without: [],
  penalty: { embeddings: 3e-3, network: 1e-4 },
  clipNorm: 5,
  threads: 2,
};

/** The name of an item's ID among its modalities; the others are called as their columns are. */
export const idModality = "item ID";
