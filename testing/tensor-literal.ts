import { type DType, type HostArray, input, type Shape, type Tensor } from "../src/tensor/index.ts";

/** Numbers in brackets, as one would write a matrix. All rows of a level are equally long and none is empty. */
export type Nested = number | readonly Nested[];

/** A concrete value of a test: brackets for float32, or the parts, which an empty shape or another dtype needs. */
export type Literal = Nested | Value;

export interface Value {
  readonly shape: Shape;
  readonly data: ArrayLike<number>;
  readonly dtype: DType;
}

/** @example valueOf([[1, 2], [3, 4]]) // { shape: [2, 2], data: [1, 2, 3, 4], dtype: "float32" } */
export function valueOf(literal: Literal): Value {
  if (typeof literal === "object" && "dtype" in literal) return literal;
  const shape: number[] = [];
  for (let level: Nested = literal; typeof level === "object"; level = level[0] ?? 0)
    shape.push(level.length);
  return { shape, data: leaves(literal), dtype: "float32" };
}

function leaves(nested: Nested): readonly number[] {
  return typeof nested === "number" ? [nested] : nested.flatMap(leaves);
}

/** A value of another dtype, or of a shape with a zero in it. @example value([0, 3]); value([2], [1, 0], "int32") */
export function value(shape: Shape, data: ArrayLike<number> = [], dtype: DType = "float32"): Value {
  return { shape, data, dtype };
}

export const ints = (...data: number[]): Value => value([data.length], data, "int32");
export const bools = (...data: number[]): Value => value([data.length], data, "bool");

/** One tensor for every named literal. */
export type Tensors<V> = { readonly [K in keyof V]: Tensor };

/** An input for every named literal, of its shape and dtype. */
export function inputsLike<V extends Readonly<Record<string, Literal>>>(values: V): Tensors<V> {
  const entries = Object.entries(values).map(([name, literal]) => {
    const { shape, dtype } = valueOf(literal);
    return [name, input(name, shape, dtype)];
  });
  return Object.fromEntries(entries) as Tensors<V>;
}

/** What a program is fed for a literal. */
export function hostArrayOf(literal: Literal): HostArray {
  const { data, dtype } = valueOf(literal);
  const values = Array.from(data);
  if (dtype === "float32") return Float32Array.from(values);
  return dtype === "int32" ? Int32Array.from(values) : Uint8Array.from(values);
}
