import type { ContentChoiceParams } from "../../../models/content-choice.ts";
import type { State as OptimiserState } from "../../../optim/index.ts";
import type { Learner } from "../../learner.ts";
import type { HostParams } from "../../params.ts";

/** What is learned together: the head's prior, and what a strategy trains of the network below it. */
export interface TunedPrior {
  readonly [key: string]: HostParams;
  readonly head: ContentChoiceParams<Float32Array>;
  readonly trained: HostParams;
}

export interface TunedState {
  readonly [key: string]: TunedPrior | OptimiserState;
  readonly prior: TunedPrior;
  readonly optimiser: OptimiserState;
}

/** One person's taste. */
export interface TunedFitted {
  /** `[embeddingSize]` */
  readonly mean: Float32Array;
}

/** A head over vectors of content, and the vectors' maker, meta-trained as one. */
export interface FineTuning extends Learner<TunedPrior, TunedFitted, TunedState> {
  /** Vectors of all items as this prior makes them. `[rows, width]` */
  vectors(prior: TunedPrior, signal?: AbortSignal): Promise<Float32Array>;
  /** Ends the sessions. */
  release(): Promise<void>;
}
