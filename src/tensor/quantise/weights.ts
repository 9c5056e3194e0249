import { sha256 } from "../../base/hash.ts";
import { reshape } from "../ops/broadcast.ts";
import { constant } from "../ops/leaf.ts";
import type { MatmulOptions } from "../ops/matmul.ts";
import { constantData } from "../simplify/constants.ts";
import { sizeOf, type Tensor } from "../tensor.ts";
import { roundChannels, transposed } from "./channels.ts";

/** Fewer numbers are no weights: rounding them saves nothing. */
const LEAST_NUMBERS = 1024;

/** The matrix that a node multiplies rows with, if it can be in integers: a constant, or `dequantise` by column. */
export function weightOf(node: Tensor): Tensor | undefined {
  if (node.op.name !== "matmul") return undefined;
  const { transposeA, transposeB } = node.attributes as MatmulOptions;
  const [x, w] = node.inputs as [Tensor, Tensor];
  if (transposeA || x.op.name === "constant" || !isMatrix(w)) return undefined;
  const byColumn = sizeOf(w.inputs[1]?.shape ?? []) === w.shape[1];
  return isConstant(w) || (w.op.name === "dequantise" && byColumn && !transposeB) ? w : undefined;
}

/** The table that a node takes rows of, if it can be in integers: a constant, or `dequantise` by row. */
export function tableOf(node: Tensor): Tensor | undefined {
  const [table] = node.inputs;
  if (node.op.name !== "gather" || !isMatrix(table!)) return undefined;
  const byRow = table!.inputs[1]?.shape.join() === `${table!.shape[0]},1`;
  return isConstant(table!) || (table!.op.name === "dequantise" && byRow) ? table : undefined;
}

const isMatrix = (x: Tensor): boolean => x.shape.length === 2 && sizeOf(x.shape) >= LEAST_NUMBERS;
const isConstant = (x: Tensor): boolean => x.op.name === "constant" && x.dtype === "float32";

/** Arrays of weights are never changed; programs of other shapes share them. */
const keys = new WeakMap<object, string>();

/** Names a weight in whatever graph it stands: by its numbers, or by the name of the input that it comes from. */
export function weightKey(weight: Tensor): string {
  const source = weight.op.name === "dequantise" ? weight.inputs[0]! : weight;
  if (source.op.name === "input") return (source.attributes as { readonly name: string }).name;
  const data = constantData(source);
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
  const [known, steps] = weight.inputs;
  if (known !== undefined) return { values: known, scales: reshape(steps!, [weight.shape[1]!]) };
  const shape = weight.shape as [number, number];
  const data = constantData(weight) as Float32Array;
  const [inputs, outputs] = asOutIn ? [shape[1], shape[0]] : shape;
  const { values, scales } = roundChannels(asOutIn ? transposed(data, shape) : data, [inputs, outputs], 1);
  return { values: constant(values, [inputs, outputs], "int8"), scales: constant(scales) };
}

/** A table, a scale for each row. */
export function roundTable(table: Tensor): Rounded {
  const [known, steps] = table.inputs;
  if (known !== undefined) return { values: known, scales: steps! };
  const shape = table.shape as [number, number];
  const { values, scales } = roundChannels(constantData(table) as Float32Array, shape, 0);
  return { values: constant(values, shape, "int8"), scales: constant(scales, [shape[0], 1]) };
}
