import type { Rng } from "../../../base/rng.ts";
import type { Matrix } from "../../../encoders/bags.ts";
import { input, type PortArray, type Shape, type Tensor, type Tree } from "../../../tensor/index.ts";
import { gatherRows } from "../../bayes/rows.ts";
import type { HostParams } from "../../params.ts";

/** What becomes the vectors of some items inside of a program. */
export interface TracedFeatures {
  readonly inputs: Tree<Tensor>;
  /** `[items, width]` */
  readonly vectors: Tensor;
}

/**
 * The port of whatever says something about items in vectors: given ones, or a network whose own weights are trained with
 * the head on top of it.
 */
export interface ItemFeatures {
  readonly width: number;
  /** Rows of the item table that there are vectors of. */
  readonly rows: number;
  /** Of what is trained here; no leaf where the vectors are given. */
  readonly shapes: Tree<Shape>;
  start(rng: Rng): HostParams;
  /** Share of the learning rate that a trained leaf gets. */
  rateOf(path: string): number;
  /** The part of a program that makes the vectors of `items` items. */
  trace(items: number, trained: Tree<Tensor>): TracedFeatures;
  /** What that part is fed for these items. */
  feeds(items: Int32Array): Tree<PortArray>;
}

/**
 * Vectors that are given, a row an item: frozen features.
 *
 * @example givenFeatures(await encoder.embed(texts, context));
 */
export function givenFeatures({ data, width }: Matrix): ItemFeatures {
  return {
    width,
    rows: data.length / width,
    shapes: {},
    start: () => ({}),
    rateOf: () => 1,
    trace(items) {
      const vectors = input("vectors", [items, width]);
      return { inputs: { vectors }, vectors };
    },
    feeds: (items) => ({ vectors: gatherRows(data, width, items) }),
  };
}
