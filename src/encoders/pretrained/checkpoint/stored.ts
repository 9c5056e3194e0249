import {
  dequantise,
  flatten,
  type Int8Matrix,
  input,
  matmul,
  type Shape,
  type Tensor,
  type Tree,
  transpose,
  transposed,
  widenChannels,
} from "../../../tensor/index.ts";
import type { TransformerConfig } from "../transformer/config.ts";
import { layouts } from "../transformer/layout.ts";
import { leafAt, type Params, paramShapes, treeOf } from "../transformer/params.ts";

/** Two factors, whose product a weight is (or nearly was). */
export interface Factors {
  readonly left: StoredWeight;
  readonly right: StoredWeight;
}

/**
 * A weight as a file keeps it: all its numbers; or 8-bit ones, of a table with a scale for each row, of a linear map laid
 * out `[in, out]` with a scale for each output; or factors.
 */
export type StoredWeight = Float32Array | Int8Matrix | Factors;

/** Numbers of a network's parameters, in the nesting of its `Params`. */
export type HostParams = Tree<Float32Array>;

/** The weights of a network in whatever form they are kept, by path. */
export type StoredParams = Tree<Float32Array | Int8Array>;

/** A weight's place: its shape, and how the network reads it. */
export interface WeightPlace {
  readonly path: string;
  readonly shape: Shape;
  readonly use: "table" | "outIn" | "inOut";
}

/** All weights of a network with what they are used for. */
export function weightPlaces(config: TransformerConfig): WeightPlace[] {
  const { words, inOut } = layouts[config.family];
  const dense = new Set((config.dense ?? []).map(({ path }) => `${path}.weight`));
  return paramShapes(config).map(([path, shape]) => {
    const turned = inOut && !dense.has(path);
    return { path, shape, use: path === words ? "table" : turned ? "inOut" : "outIn" };
  });
}

/** Whether some weights are kept in 8 bits, so that products can be made in integers. */
export function keepsIntegers(stored: StoredParams): boolean {
  return flatten<Float32Array | Int8Array>(stored).some(([, leaf]) => leaf instanceof Int8Array);
}

/** A network's weights as inputs of a program, fed what is stored, and as the tensors that the network reads. */
export function storedInputs(
  config: TransformerConfig,
  stored: StoredParams,
): { readonly inputs: Tree<Tensor>; readonly params: Params } {
  const inputs: [string, Tensor][] = [];
  const hole = (path: string, shape: Shape, dtype?: "int8"): Tensor => {
    const made = input(path, shape, dtype);
    inputs.push([path, made]);
    return made;
  };
  const params = weightPlaces(config).map((place) => {
    const weight = storedAt(stored, place.path);
    return [place.path, tensorOf(weight, place, hole)] as const;
  });
  return { params: treeOf(params), inputs: treeOf(inputs) };
}

type Hole = (path: string, shape: Shape, dtype?: "int8") => Tensor;

function tensorOf(weight: StoredWeight, place: WeightPlace, hole: Hole): Tensor {
  const { path, shape, use } = place;
  if (weight instanceof Float32Array) return hole(path, shape);
  if ("left" in weight) {
    const [left, right] = factorPlaces(place, weight);
    return matmul(tensorOf(weight.left, left, hole), tensorOf(weight.right, right, hole));
  }
  const values = hole(`${path}.values`, valuesShape(place), "int8");
  const made = dequantise(values, hole(`${path}.scales`, scalesShape(place)));
  return use === "outIn" ? transpose(made) : made;
}

/** Of the 8-bit numbers of a weight. */
export function valuesShape({ shape, use }: WeightPlace): Shape {
  return use === "outIn" ? [shape[1]!, shape[0]!] : shape;
}

/** Of their scales. */
export function scalesShape(place: WeightPlace): Shape {
  return place.use === "table" ? [place.shape[0]!, 1] : [valuesShape(place)[1]!];
}

/** Where the factors of a weight belong. */
export function factorPlaces(place: WeightPlace, of: Factors | number): [WeightPlace, WeightPlace] {
  const { path, shape, use } = place;
  const rank = typeof of === "number" ? of : rankOf(of, place);
  const [rows, columns] = shape as [number, number];
  return [
    { path: `${path}.left`, shape: [rows, rank], use },
    { path: `${path}.right`, shape: [rank, columns], use },
  ];
}

function rankOf({ left }: Factors, { shape }: WeightPlace): number {
  return numbersIn(left as Exclude<StoredWeight, Factors>) / shape[0]!;
}

const numbersIn = (weight: Exclude<StoredWeight, Factors>): number =>
  weight instanceof Float32Array ? weight.length : weight.values.length;

/** The weights as plain numbers: what training starts from. */
export function widenAll(config: TransformerConfig, stored: StoredParams): HostParams {
  return treeOf(
    weightPlaces(config).map((place) => [place.path, widen(storedAt(stored, place.path), place)] as const),
  );
}

/** A weight in the form it is kept in. */
export function storedAt(stored: StoredParams, path: string): StoredWeight {
  return leafAt<unknown>(stored, path) as StoredWeight;
}

/** The numbers that a weight stands for, in the shape that the network reads. */
export function widen(weight: StoredWeight, place: WeightPlace): Float32Array {
  if (weight instanceof Float32Array) return weight;
  const [rows, columns] = place.shape as [number, number];
  if ("left" in weight) {
    const [left, right] = factorPlaces(place, weight);
    return product(widen(weight.left, left), widen(weight.right, right), [rows, left.shape[1]!, columns]);
  }
  if (place.use === "table") return widenChannels(weight, [rows, columns], 0);
  if (place.use === "inOut") return widenChannels(weight, [rows, columns], 1);
  return transposed(widenChannels(weight, [columns, rows], 1), [columns, rows]);
}

function product(
  a: Float32Array,
  b: Float32Array,
  [rows, inner, columns]: readonly [number, number, number],
): Float32Array {
  const out = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++)
    for (let k = 0; k < inner; k++)
      for (let j = 0; j < columns; j++) out[i * columns + j]! += a[i * inner + k]! * b[k * columns + j]!;
  return out;
}
