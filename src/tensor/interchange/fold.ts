import { constantOp } from "../ops/leaf.ts";
import { evaluateNode } from "../reference/interpreter.ts";
import {
  apply,
  type DType,
  type HostArray,
  type ReferenceValue,
  type Shape,
  sizeOf,
  type Tensor,
} from "../tensor.ts";

/** Values up to this size are computed while importing: shapes, positions, masks. */
const FOLD_LIMIT = 1 << 20;

/** A constant that keeps the given array: weights are large. */
export function constantOf(data: HostArray, shape: Shape, dtype: DType): Tensor {
  return apply(constantOp, [], { data, shape, dtype });
}

/** Computes `x` now, in float64, if it is made of constants only and not too large; else it stays as it is. */
export function fold(x: Tensor): Tensor {
  if (x.op.name === "constant" || sizeOf(x.shape) > FOLD_LIMIT) return x;
  const value = evaluate(x, new Map());
  return value === undefined ? x : constantOf(hostArray(value.data, x.dtype), x.shape, x.dtype);
}

function hostArray(data: Float64Array, dtype: DType): HostArray {
  if (dtype === "float32") return Float32Array.from(data);
  return dtype === "int32" ? Int32Array.from(data) : Uint8Array.from(data);
}

function evaluate(x: Tensor, known: Map<Tensor, ReferenceValue | undefined>): ReferenceValue | undefined {
  if (known.has(x)) return known.get(x);
  const value = compute(x, known);
  known.set(x, value);
  return value;
}

function compute(x: Tensor, known: Map<Tensor, ReferenceValue | undefined>): ReferenceValue | undefined {
  if (x.op.name === "input" || sizeOf(x.shape) > FOLD_LIMIT) return undefined;
  const inputs = x.inputs.map((input) => evaluate(input, known));
  return inputs.includes(undefined) ? undefined : evaluateNode(x, inputs as ReferenceValue[]);
}
