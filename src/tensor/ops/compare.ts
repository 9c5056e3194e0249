import type { DType, Tensor } from "../tensor.ts";
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

export const greater: Binary = comparison("greater", "Greater", (a, b) => a > b);
export const less: Binary = comparison("less", "Less", (a, b) => a < b);
export const greaterEqual: Binary = comparison("greaterEqual", "GreaterOrEqual", (a, b) => a >= b);
export const lessEqual: Binary = comparison("lessEqual", "LessOrEqual", (a, b) => a <= b);
export const equal: Binary = comparison("equal", "Equal", (a, b) => a === b);

function logic(name: string, onnx: string, value: (a: number, b: number) => number): Logic {
  return binary(name, { onnx, value, vjp: () => [undefined, undefined], takes: ["bool"] });
}

type Logic = (a: Tensor, b: Tensor) => Tensor;

/** True where both are. bool */
export const and: Logic = logic("and", "And", (a, b) => a * b);
/** True where at least one is. bool */
export const or: Logic = logic("or", "Or", (a, b) => a | b);
/** True where `x` is false. bool */
export const not: Unary = unary("not", {
  onnx: "Not",
  value: (x) => 1 - x,
  vjp: () => undefined,
  takes: "bool",
});

/** True where two differ. */
export const notEqual: Binary = (a, b) => not(equal(a, b));
