import type { Rng } from "../../base/rng.ts";
import type { Query } from "../../data/query.ts";
import type { State as OptimiserState } from "../../optim/index.ts";
import type { Task } from "../../tasks/task.ts";
import type { Learner } from "../learner.ts";
import type { HostParams } from "../params.ts";
import type { ItemReader } from "./one-class-items.ts";

/** What meta-training learns: the network's parameters and the embeddings of content tokens. */
export interface OneClassPrior {
  readonly [key: string]: HostParams | Float32Array;
  readonly params: HostParams;
  /** `[tokens, embeddingSize + 1]` */
  readonly content: Float32Array;
}

export interface OneClassState {
  readonly prior: OneClassPrior;
  readonly optimiser: OptimiserState;
}

/** One person's taste. */
export interface OneClassFitted {
  readonly query: Query;
  /** Where in the query's history the used events are: the latest ones of a long history. */
  readonly used: readonly number[];
  /** `[embeddingSize]` */
  readonly mean: Float32Array;
  /** `[embeddingSize, embeddingSize]` */
  readonly covariance: Float32Array;
  /** What each used event adds to the mean. `[used.length, embeddingSize]` */
  readonly events: Float32Array;
  /** What the prior adds to the mean. `[embeddingSize]` */
  readonly prior: Float32Array;
}

/**
 * The Bayes head for one-class feedback: ranks a whole catalogue for somebody with a handful of events.
 * `score(x) = popularity(x | request) + b(x) + s phi(x) . taste`, the taste in closed form from the events.
 */
export interface OneClass extends Learner<OneClassPrior, OneClassFitted, OneClassState> {
  /** What items are made of, and how much each part counts. */
  readonly items: Pick<ItemReader, "modalities" | "parts">;
  /** Mean loss of a batch of people, penalties left out, and its derivatives, penalties included: what a step goes by. */
  gradients(
    prior: OneClassPrior,
    tasks: readonly Task[],
    rng: Rng,
  ): Promise<{ readonly loss: number; readonly grads: OneClassPrior }>;
}
