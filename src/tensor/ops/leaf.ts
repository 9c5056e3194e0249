import { ForetasteError } from "../../base/errors.ts";
import { ARRAY_OF } from "../ports.ts";
import { apply, type DType, type HostArray, type Op, type Shape, sizeOf, type Tensor } from "../tensor.ts";

interface InputAttributes {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: DType;
}

/** A hole that is filled when a program runs. */
export const inputOp: Op<InputAttributes> = {
  name: "input",
  infer: (_, { shape, dtype }) => ({ shape, dtype }),
  vjp: () => [],
  reference: unreachable,
  lower: unreachable,
};

interface ConstantAttributes {
  readonly data: HostArray;
  readonly shape: Shape;
  readonly dtype: DType;
}

export const constantOp: Op<ConstantAttributes> = {
  name: "constant",
  infer: (_, { shape, dtype }) => ({ shape, dtype }),
  vjp: () => [],
  reference: (_, node, out) => out.set(node.attributes.data),
  lower: (emit, _, node) => emit.constant(node.attributes.data, node.shape, node.dtype),
};

/**
 * A named input of a program: a hole of static shape, float32 unless said otherwise.
 *
 * @throws SHAPE for sizes that are not whole or below zero
 * @example const x = input("x", [tasks, shots, width]);
 */
export function input(name: string, shape: Shape, dtype: DType = "float32"): Tensor {
  checkSizes(`input "${name}"`, shape);
  return apply(inputOp, [], { name, shape, dtype });
}

function checkSizes(where: string, shape: Shape): void {
  const bad = shape.find((n) => !Number.isInteger(n) || n < 0);
  if (bad === undefined) return;
  throw new ForetasteError("SHAPE", { where, expected: "whole sizes >= 0", got: String(bad) });
}

/**
 * A constant tensor. A number is a scalar of shape `[]`, a list without a shape a vector `[n]`.
 *
 * @throws SHAPE when the shape does not hold as many values
 * @example constant(0.5); constant([1, 2, 3, 4], [2, 2]);
 */
export function constant(value: number | ArrayLike<number>, shape?: Shape, dtype: DType = "float32"): Tensor {
  const values = typeof value === "number" ? [value] : value;
  const to = shape ?? (typeof value === "number" ? [] : [values.length]);
  checkSizes("constant", to);
  if (sizeOf(to) !== values.length) {
    const got = `${values.length} values for [${to.join(", ")}]`;
    throw new ForetasteError("SHAPE", {
      where: "constant",
      expected: "as many values as the shape holds",
      got,
    });
  }
  return apply(constantOp, [], { data: new ARRAY_OF[dtype](values), shape: to, dtype });
}

/**
 * Zeros of a shape. float32
 *
 * @example zeros([2, 3]);
 */
export function zeros(shape: Shape): Tensor {
  checkSizes("zeros", shape);
  return constant(new Float32Array(sizeOf(shape)), shape);
}

/**
 * Ones of a shape. float32
 *
 * @example ones(x.shape);
 */
export function ones(shape: Shape): Tensor {
  checkSizes("ones", shape);
  return constant(new Float32Array(sizeOf(shape)).fill(1), shape);
}

/** A tensor or a number where an operator takes either. */
export type Operand = Tensor | number;

/**
 * A number becomes a scalar of the given dtype.
 *
 * @throws SHAPE naming the operator that asks for integers and gets a fraction
 */
export function asTensor(op: string, value: Operand, dtype: DType): Tensor {
  if (dtype === "int32" && typeof value === "number" && !Number.isInteger(value)) {
    const parts = { where: `operator ${op}`, expected: "a whole number beside int32", got: String(value) };
    throw new ForetasteError("SHAPE", { ...parts, hint: "Cast the tensor to float32." });
  }
  return typeof value === "number" ? constant(value, [], dtype) : value;
}

/** Two operands; a number takes the dtype of the tensor beside it, but for booleans. */
export function asTensors(op: string, a: Operand, b: Operand): [Tensor, Tensor] {
  const dtype = [a, b].some((x) => typeof x === "object" && x.dtype === "int32") ? "int32" : "float32";
  return [asTensor(op, a, dtype), asTensor(op, b, dtype)];
}

function unreachable(): never {
  throw new ForetasteError("INTERNAL", {
    where: "input operator",
    expected: "a value from the feeds",
    got: "a kernel call",
  });
}
