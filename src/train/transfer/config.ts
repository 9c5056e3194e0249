/** Hyper-parameters of transfer, the same for all strategies; found on held-out training people of MovieTweetings. */
export interface TransferConfig {
  readonly embeddingSize: number;
  readonly learningRate: number;
  readonly idDropout: number;
  /** Weights of the squared penalties of the head. */
  readonly penalty: { readonly embeddings: number; readonly network: number };
  /** People of the target in one step; a joint step meets as many of the source. */
  readonly batchTasks: number;
  /** At most this many passes over the target's people. */
  readonly epochs: number;
  /** Long, because few people are a noisy judge: shorter ones stopped before anything was learned. */
  readonly patience: number;
  readonly averaging: number;
  /** Passes over the source's people, and how many of them are met at most. */
  readonly sourceEpochs: number;
  readonly sourcePeople: number;
  /** Items of a catalogue, see `transferWorld`. */
  readonly catalogue: number;
  readonly sourceCatalogue: number;
  /** Strength of the reversed gradient, where a strategy has one. */
  readonly adversary: number;
  /** Pseudo-labels of a person, and what one counts. */
  readonly pseudo: { readonly count: number; readonly weight: number };
  readonly threads: number;
}

export const defaultTransferConfig: TransferConfig = {
  embeddingSize: 32,
  learningRate: 1e-3,
  idDropout: 0.8,
  penalty: { embeddings: 3e-3, network: 1e-1 },
  batchTasks: 16,
  epochs: 40,
  patience: 10,
  averaging: 0.99,
  sourceEpochs: 3,
  sourcePeople: 2000,
  catalogue: 2500,
  sourceCatalogue: 2000,
  adversary: 0.3,
  pseudo: { count: 3, weight: 0.3 },
  threads: 1,
};
