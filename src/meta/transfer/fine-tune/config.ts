import type { Standard } from "../../../models/content-choice.ts";

/** Hyper-parameters of a head over content, and of what is trained below it. */
export interface FineTuneConfig {
  readonly embeddingSize: number;
  /** People of one slice, at most: as many as there are rows in a step. */
  readonly people: number;
  /** Of the head. */
  readonly learningRate: number;
  /** Of what is trained of the network, where its depth does not lower it. */
  readonly networkLearningRate: number;
  /** Decoupled decay of the head's projection. */
  readonly weightDecay: number;
  /** Steps over which the learning rate grows, and over which it then falls to nothing. */
  readonly warmup: number;
  readonly steps: number;
  readonly clipNorm: number;
  /** Items that are encoded at once where no gradient is asked for. */
  readonly batchItems: number;
  readonly threads: number;
}

export const defaultFineTuneConfig: FineTuneConfig = {
  embeddingSize: 32,
  people: 1024,
  learningRate: 3e-3,
  networkLearningRate: 5e-4,
  weightDecay: 1e-3,
  warmup: 5,
  steps: 100,
  clipNorm: 1,
  batchItems: 64,
  threads: 1,
};

/** What is fixed while a head trains. */
export interface ContentWorld {
  /** Distinct values of events, ascending. */
  readonly levels: Float32Array;
  /** From which value on something is liked. */
  readonly liked: number;
  /** Rows of items that training has events of: whoever did not touch them may have passed them over. */
  readonly known: Int32Array;
  readonly standard: Standard;
}
