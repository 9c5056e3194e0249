import type { Shape, Tensor } from "../tensor/index.ts";

/** A nested record of parameters. */
export interface Params<T> {
  readonly [name: string]: T | Params<T>;
}

/** What a row of a network's input, a pair of user and item, is made of. */
export interface RowSpec {
  /** Of every embedding. */
  readonly size: number;
  /** Attributes of the user and of the item, an embedding each. */
  readonly user: number;
  readonly item: number;
  /** 1 where users, and items, have an embedding of their own. */
  readonly userId: 0 | 1;
  readonly itemId: 0 | 1;
  /** Plain numbers beside the embeddings, such as what others said of the item. */
  readonly dense: number;
}

/** `n` pairs of one task; a part whose width is 0 is absent. */
export type Rows = {
  /** `[n, user * size]`, attributes joined. */
  readonly user?: Tensor;
  /** `[n, size]` */
  readonly userId?: Tensor;
  /** `[n, item * size]`, attributes joined. */
  readonly item?: Tensor;
  /** `[n, size]`, zeros for a cold item. */
  readonly itemId?: Tensor;
  /** `[n, dense]` */
  readonly dense?: Tensor;
};

/** Observed pairs, padded to `n` slots. */
export type Events = Rows & {
  /** Standardised rating; 1 or 0 for clicks. `[n]` */
  readonly value: Tensor;
  /** Weight of the event, 1 unless told; 0 for padding. `[n]` */
  readonly mask: Tensor;
};

export interface ModelOptions {
  /** Widths of hidden layers. */
  readonly hidden: readonly number[];
  /** Share of hidden units left out in training. */
  readonly dropout: number;
}

/** What a network is told besides parameters and rows. */
export interface Scoring {
  readonly spec: RowSpec;
  readonly options: ModelOptions;
  /** The task's support, oldest first: sequence models read it, others do not. */
  readonly support: Events;
  /** True when the rows are the support's own events: each may be scored from the events before it only. */
  readonly own?: boolean;
  /** Leaves hidden units out in training, the identity otherwise. */
  readonly drop: (hidden: Tensor) => Tensor;
}

/**
 * A scoring network: shapes and a pure function. A new one is one file and one row in `models.ts`.
 *
 * Weights are matrices named `weight` (drawn by He's rule from their first axis), everything else starts at zero unless
 * `start` says otherwise.
 */
export interface Model {
  readonly name: string;
  /** For people. */
  readonly title: string;
  shapes(spec: RowSpec, options: ModelOptions): Params<Shape>;
  /** Standard deviation or constant of a parameter, where the rule above is wrong. */
  start?(path: string, shape: Shape): { readonly fill: number } | { readonly deviation: number } | undefined;
  /** Scores of pairs of one task: a standardised rating, or a log-odds. `[n]` */
  score(params: Params<Tensor>, rows: Rows, scoring: Scoring): Tensor;
  /** Paths (or their beginnings) of the last layer: what ANIL adapts. */
  readonly head: readonly string[];
  /** True when `score` reads the support. */
  readonly readsSupport?: boolean;
}
