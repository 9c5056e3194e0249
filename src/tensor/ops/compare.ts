import { calledAs, type DType, type Tensor } from "../tensor.ts";
import { type Binary, binary, type Unary, unary } from "./pointwise.ts";

const ANY: readonly DType[] = ["float32", "int32", "bool"];

function comparison(name: string, onnx: string, holds: (a: number, b: number) => boolean): Binary {
  return binary(name, {
    onnx,
    value: (a, b) => Number(holds(a, b)),
    vjp: () => [undefined, undefined],
    dtype: "bool",
    ...(name === "equal" ? { takes: ANY } : {}),
  });
}

/** `a > b` as bool; shapes broadcast. @example greater(x, 0) */
export const greater: Binary = comparison("greater", "Greater", (a, b) => a > b);
/** `a < b` as bool; shapes broadcast. @example less(x, y) */
export const less: Binary = comparison("less", "Less", (a, b) => a < b);
/** `a >= b` as bool; shapes broadcast. @example greaterEqual(x, 0) */
export const greaterEqual: Binary = comparison("greaterEqual", "GreaterOrEqual", (a, b) => a >= b);
/** `a <= b` as bool; shapes broadcast. @example lessEqual(x, y) */
export const lessEqual: Binary = comparison("lessEqual", "LessOrEqual", (a, b) => a <= b);
/** Whether two are equal, as bool; shapes broadcast. Any dtype. @example equal(items, item) */
export const equal: Binary = comparison("equal", "Equal", (a, b) => a === b);

function logic(name: string, onnx: string, value: (a: number, b: number) => number): Logic {
  return binary(name, { onnx, value, vjp: () => [undefined, undefined], takes: ["bool"] });
}

/** An operator of two booleans. */
export type Logic = (a: Tensor, b: Tensor) => Tensor;

/** True where both are; shapes broadcast. bool @example and(greater(x, 0), less(x, 1)) */
export const and: Logic = logic("and", "And", (a, b) => a * b);
/** True where at least one is; shapes broadcast. bool @example or(seen, hidden) */
export const or: Logic = logic("or", "Or", (a, b) => a | b);
/** True where `x` is false. bool @example not(seen) */
export const not: Unary = unary("not", {
  onnx: "Not",
  value: (x) => 1 - x,
  vjp: () => undefined,
  takes: "bool",
});

/** Whether two differ, as bool; shapes broadcast. Any dtype. @example notEqual(items, 0) */
export const notEqual: Binary = (a, b) => calledAs("notEqual", () => not(equal(a, b)));
