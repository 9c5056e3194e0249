import { sha256 } from "../../base/hash.ts";
import { constant } from "../ops/leaf.ts";
import type { MatmulOptions } from "../ops/matmul.ts";
import { constantData } from "../simplify/constants.ts";
import { sizeOf, type Tensor } from "../tensor.ts";
import { roundChannels, transposed } from "./channels.ts";

/** Fewer numbers are no weights: rounding them saves nothing. */
const LEAST_NUMBERS = 1024;

/** The constant matrix that a node multiplies rows with, if it does. */
export function weightOf(node: Tensor): Tensor | undefined {
  if (node.op.name !== "matmul" || (node.attributes as MatmulOptions).transposeA) return undefined;
  const w = node.inputs[1];
  return isWeight(w) && node.inputs[0]!.op.name !== "constant" ? w : undefined;
}

/** The constant table that a node takes rows of, if it does. */
export function tableOf(node: Tensor): Tensor | undefined {
  const table = node.op.name === "gather" ? node.inputs[0] : undefined;
  return isWeight(table) ? table : undefined;
}

function isWeight(x: Tensor | undefined): x is Tensor {
  const matrix = x?.op.name === "constant" && x.shape.length === 2 && x.dtype === "float32";
  return matrix && sizeOf(x.shape) >= LEAST_NUMBERS;
}

/** Arrays of weights are never changed; programs of other shapes share them. */
const keys = new WeakMap<object, string>();

/** Names a weight by its numbers, in whatever graph it stands. */
export function weightKey(weight: Tensor): string {
  const data = constantData(weight);
  const known = keys.get(data);
  if (known !== undefined) return known;
  const key = sha256(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)).slice(0, 16);
  keys.set(data, key);
  return key;
}

/** Tensors of rounded weights. */
export interface Rounded {
  readonly values: Tensor;
  readonly scales: Tensor;
}

/** The weight of a product as `[in, out]`, a scale for each column. */
export function roundWeight(weight: Tensor, asOutIn: boolean): Rounded {
  const shape = weight.shape as [number, number];
  const data = constantData(weight) as Float32Array;
  const [inputs, outputs] = asOutIn ? [shape[1], shape[0]] : shape;
  const { values, scales } = roundChannels(asOutIn ? transposed(data, shape) : data, [inputs, outputs], 1);
  return { values: constant(values, [inputs, outputs], "int8"), scales: constant(scales) };
}

/** A table, a scale for each row. */
export function roundTable(table: Tensor): Rounded {
  const shape = table.shape as [number, number];
  const { values, scales } = roundChannels(constantData(table) as Float32Array, shape, 0);
  return { values: constant(values, shape, "int8"), scales: constant(scales, [shape[0], 1]) };
}
