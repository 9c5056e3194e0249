import type { Events, Model, Params, RowSpec, Rows } from "../../models/model.ts";
import type { Shape, Tensor } from "../../tensor/index.ts";
import type { Start } from "../params.ts";
import type { NetworkConfig } from "./network-config.ts";

/** All that a method is made for. */
export interface MethodWorld {
  readonly model: Model;
  readonly spec: RowSpec;
  readonly config: NetworkConfig;
  /** Leaves hidden units out in meta-training, the identity otherwise. */
  readonly drop: (hidden: Tensor) => Tensor;
  /** Standard normal numbers, drawn anew for each meta-training step; zeros otherwise. */
  readonly noise: (shape: Shape) => Tensor;
  /** Loss of a task by `config.loss`: the sum over its events over their weight plus `shrinkage`. */
  loss(score: Tensor, events: Pick<Events, "value" | "mask">, shrinkage: number): Tensor;
}

/** What one task brings to its adaptation. */
export interface TaskInputs {
  readonly support: Events;
  /**
   * Embedded attributes of the one the task is about: the person of a user task `[user * size]`, the item of an item task
   * `[item * size]`; absent without attributes.
   */
  readonly anchor?: Tensor;
}

/** What meta-training learns in a program: the network's parameters, and the method's own. */
export interface PriorTensors {
  readonly network: Params<Tensor>;
  readonly own: Params<Tensor>;
}

/**
 * How a network is fitted to one task: an inner loop, or whatever stands in its place. All functions are traced for one
 * task and mapped over tasks by the caller; derivatives, batching, embedding tables, optimiser, serving and export are
 * the caller's as well. A new one is one file and one row in `methods.ts`.
 */
export interface Method {
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** Parameters that it learns besides the network's. */
  shapes(world: Pick<MethodWorld, "model" | "spec" | "config">): Params<Shape>;
  /** How one of them starts; He's rule for a `weight`, zeros otherwise. */
  start?(path: string, shape: Shape, config: NetworkConfig): Start | undefined;
  /** What adaptation leaves to one task, as a tree of tensors. */
  adapt(world: MethodWorld, prior: PriorTensors, task: TaskInputs): Params<Tensor>;
  /** Scores of pairs after adaptation. `[n]` */
  score(world: MethodWorld, prior: PriorTensors, fitted: Fitted): Tensor;
  /** Added to the mean query loss of a task in meta-training, such as a divergence from the prior. A scalar. */
  penalty?(world: MethodWorld, prior: PriorTensors, both: Fitted & { readonly query: Events }): Tensor;
  /**
   * How the prior moves: along the gradient of the query loss ("gradient"), or towards `fast.network` of tasks fitted on
   * support and query together ("reptile"). "gradient" unless told. In the latter `fast.support` has what became of each
   * event's copies of embeddings, which serving drops.
   */
  readonly outer?: "gradient" | "reptile";
}

/** One task after its adaptation, with the pairs to score. */
export interface Fitted {
  readonly fast: Params<Tensor>;
  readonly task: TaskInputs;
  readonly rows: Rows;
}
