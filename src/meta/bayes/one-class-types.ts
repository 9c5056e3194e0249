import type { Rng } from "../../base/rng.ts";
import type { Query } from "../../data/query.ts";
import type { Matrix } from "../../encoders/bags.ts";
import type { State as OptimiserState } from "../../optim/index.ts";
import type { Task } from "../../tasks/task.ts";
import type { Learner } from "../learner.ts";
import type { HostParams } from "../params.ts";

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

/** What programs are fed of warm items: `ItemContent` of `models/one-class.ts` on the host. */
export interface ItemFeeds {
  readonly [name: string]: Float32Array;
  readonly content: Float32Array;
  readonly keep: Float32Array;
}

/** What items are made of: their fields, then their ID. */
export interface ItemParts {
  /** Zeros for what is absent. `[n, modalities, embeddingSize + 1]` */
  readonly parts: Float32Array;
  /** What each is multiplied by before all are added, 0 for what is absent. `[n, modalities]` */
  readonly weights: Float32Array;
}

/** Items as a head reads them: fields and ID added up, or fused by gates. */
export interface ItemReader {
  /** Names of the modalities. */
  readonly modalities: readonly string[];
  /** All that is known of warm items. */
  warm(prior: OneClassPrior): ItemFeeds;
  /** The same with some of it hidden at random, so that cold items and missing fields are ordinary inputs. */
  dropped(prior: OneClassPrior, rng: Rng): ItemFeeds;
  /** Adds a gradient of the warm items' `content` into that of the tokens' table. */
  addGradient(gradient: Float32Array, into: Matrix): void;
  /** @param cold true to read warm items as if they had no ID */
  parts(prior: OneClassPrior, items: Int32Array, cold?: boolean): Promise<ItemParts>;
  /** Features and bias of all items. `[items, embeddingSize + 1]` */
  features(prior: OneClassPrior): Promise<Float32Array>;
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
  explain: NonNullable<Learner<OneClassPrior, OneClassFitted, OneClassState>["explain"]>;
  /** Mean loss of a batch of people, penalties left out, and its derivatives, penalties included: what a step goes by. */
  gradients(
    prior: OneClassPrior,
    tasks: readonly Task[],
    rng: Rng,
  ): Promise<{ readonly loss: number; readonly grads: OneClassPrior }>;
}
