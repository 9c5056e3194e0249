import type { StrategyName, StrategySettings } from "../../encoders/pretrained/strategies/strategy.ts";
import type { Interval, PairedInterval } from "../../evaluate/bootstrap.ts";
import type { DataConfig } from "../config.ts";

export interface FineTuningRequest {
  /** Name or folder of a checkpoint. */
  readonly encoder: string;
  readonly strategy: StrategyName;
  readonly settings: StrategySettings;
  readonly data: DataConfig;
  /** Folder of the delta; nothing is written when absent. */
  readonly output?: string;
  readonly seed: number;
  /** Most people who are asked in the end. */
  readonly people: number;
  readonly epochs: number;
  readonly patience: number;
  /** Of the head on vectors that stay as they are, at most. */
  readonly headEpochs: number;
  /** Items of a step: half of them are met, half asked about. */
  readonly items: number;
  readonly maxTokens: number;
  /** Of the network; a layer's share of it is `layerDecay` to the power of its distance from the last. */
  readonly learningRate: number;
  readonly layerDecay: number;
  /** Computes layers again for the backward pass: less memory, a third more time. */
  readonly checkpointing: boolean;
  readonly threads: number;
  /** File of the run's state, so that a stopped one goes on. */
  readonly checkpoint?: string;
}

/** Quality of strict cold items before and after, of the same people. */
export interface Change {
  readonly before: Interval;
  readonly after: Interval;
  readonly difference: PairedInterval;
}

export interface FineTuningResult {
  readonly strategy: StrategyName;
  readonly trained: number;
  /** Of the network's numbers. */
  readonly share: number;
  readonly bestEpoch: number;
  /** Loss of held-out items under the head on frozen features, and in the end. */
  readonly valid: { readonly before: number; readonly after: number };
  /** nDCG@10 under a closed-form head that learns on the vectors as they were, and on those of the tuned encoder. */
  readonly head: Change;
  /** nDCG@10 by ridge regression on the vectors alone, without the head. */
  readonly linear: Change;
  readonly secondsPerStep: number;
  readonly steps: number;
  /** Of the delta, where one was written. */
  readonly bytes?: number;
}
