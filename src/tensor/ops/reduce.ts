import { apply, type Op, shapeError, type Tensor } from "../tensor.ts";
import { axesOf, axisOf, checkFloats } from "./axes.ts";
import { type ReduceAttributes, reduce, reduction, reshape, sum, sumOp } from "./broadcast.ts";
import { equal } from "./compare.ts";
import { add, div, exp, log, mul, sub } from "./elementwise.ts";
import { cast } from "./select.ts";

/** Of equal extremes each gets an equal share of the gradient. */
function extremeVjp(node: Tensor, cotangent: Tensor): Tensor[] {
  const x = node.inputs[0]!;
  const hit = cast(equal(x, node), "float32");
  return [mul(hit, div(cotangent, apply(sumOp, [hit], node.attributes as ReduceAttributes)))];
}

const maxOp = reduction("max", "ReduceMax", { start: -Infinity, combine: Math.max, vjp: extremeVjp });
const minOp = reduction("min", "ReduceMin", { start: Infinity, combine: Math.min, vjp: extremeVjp });

/** Arithmetic mean along axes. */
export function mean(x: Tensor, axes?: number | readonly number[], keep = false): Tensor {
  checkFloats("mean", x);
  const list = axesOf("mean", x, axes);
  const count = list.reduce((n, axis) => n * x.shape[axis]!, 1);
  if (count === 0) throw shapeError("mean", [x], `elements along axes ${list.join(", ")}`);
  return mul(sum(x, axes, keep), 1 / count);
}

/** Largest element along axes. */
export function max(x: Tensor, axes?: number | readonly number[], keep = false): Tensor {
  return reduce(maxOp, x, axes, keep);
}

/** Smallest element along axes. */
export function min(x: Tensor, axes?: number | readonly number[], keep = false): Tensor {
  return reduce(minOp, x, axes, keep);
}

const stopGradientOp: Op<null> = {
  name: "stopGradient",
  infer: ([x]) => ({ shape: x!.shape, dtype: x!.dtype }),
  vjp: () => [undefined],
  reference: ([x], _, out) => out.set(x!.data),
  lower: (emit, [x]) => emit.node("Identity", [x!]),
};

/** The same value, taken as a constant by `grad`. */
export function stopGradient(x: Tensor): Tensor {
  return apply(stopGradientOp, [x], null);
}

/** `log sum exp x` along one axis, safe against overflow. */
export function logSumExp(x: Tensor, axis = -1, keep = false): Tensor {
  checkFloats("logSumExp", x);
  const at = axisOf("logSumExp", x, axis);
  const top = stopGradient(max(x, at, true));
  const kept = add(top, log(sum(exp(sub(x, top)), at, true)));
  return keep ? kept : reshape(kept, x.shape.toSpliced(at, 1));
}

/** `exp(x) / sum exp(x)` along one axis. */
export function softmax(x: Tensor, axis = -1): Tensor {
  return exp(shiftedByLog("softmax", x, axis));
}

/** `log softmax(x)` along one axis, as exact for large numbers as for small ones. */
export function logSoftmax(x: Tensor, axis = -1): Tensor {
  return shiftedByLog("logSoftmax", x, axis);
}

function shiftedByLog(op: string, x: Tensor, axis: number): Tensor {
  checkFloats(op, x);
  const at = axisOf(op, x, axis);
  const shifted = sub(x, stopGradient(max(x, at, true)));
  return sub(shifted, log(sum(exp(shifted), at, true)));
}
