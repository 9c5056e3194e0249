import type { Tensor } from "../../src/tensor/index.ts";
import type { Literal, Tensors } from "../tensor-literal.ts";

/** One row of the table that every backend runs: what is computed, on which numbers, and what must come out. */
export interface TensorCase {
  /** The exported function this is a case of. */
  readonly op: string;
  /** What is particular here: a broadcast, an edge, a dtype. */
  readonly what: string;
  readonly values: Readonly<Record<string, Literal>>;
  build(inputs: Readonly<Record<string, Tensor>>): Tensor;
  /** Shape, dtype and numbers of the result, computed by hand or by another program, never by ours. */
  readonly golden: Literal;
  /** 0 where there is no derivative to check; first and second are checked otherwise. */
  readonly order?: 0;
}

/** Ties the inputs of `build` to the names in `values`. */
export function tensorCase<V extends Readonly<Record<string, Literal>>>(
  parts: Omit<TensorCase, "values" | "build"> & { values: V; build(inputs: Tensors<V>): Tensor },
): TensorCase {
  return parts;
}
