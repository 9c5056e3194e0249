import { forEachBroadcast } from "../shape.ts";
import { apply, type Op, shapeError, sizeOf, type Tensor } from "../tensor.ts";
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

/**
 * Arithmetic mean along axes, all by default; `keep` leaves them with size one. `[...] -> [...]` without the axes
 *
 * @throws SHAPE when there is nothing to take the mean of
 * @example mean(losses, 1) // [tasks, rows] -> [tasks]
 */
export function mean(x: Tensor, axes?: number | readonly number[], keep = false): Tensor {
  checkFloats("mean", x);
  const list = axesOf("mean", x, axes);
  const count = list.reduce((n, axis) => n * x.shape[axis]!, 1);
  if (count === 0) throw shapeError("mean", [x], `elements along axes ${list.join(", ")}`);
  return mul(sum(x, axes, keep), 1 / count);
}

/**
 * Largest element along axes, all by default; of equal ones each gets an equal share of the gradient.
 *
 * @throws SHAPE when there are no elements
 * @example max(scores, -1, true) // [users, items] -> [users, 1]
 */
export function max(x: Tensor, axes?: number | readonly number[], keep = false): Tensor {
  return reduce(maxOp, x, axes, keep);
}

/**
 * Smallest element along axes, all by default; of equal ones each gets an equal share of the gradient.
 *
 * @throws SHAPE when there are no elements
 * @example min(distances, 0)
 */
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

/** The same value, taken as a constant by `grad`. @example sub(x, stopGradient(max(x))) */
export function stopGradient(x: Tensor): Tensor {
  return apply(stopGradientOp, [x], null);
}

/**
 * `log sum exp x` along one axis, safe against overflow. `[..., n, ...] -> [...]`
 *
 * @throws SHAPE when the axis is empty
 * @example sub(logSumExp(logits), chosen) // cross entropy
 */
export function logSumExp(x: Tensor, axis = -1, keep = false): Tensor {
  checkFloats("logSumExp", x);
  const at = filledAxis("logSumExp", x, axis);
  const top = stopGradient(max(x, at, true));
  const kept = add(top, log(sum(exp(sub(x, top)), at, true)));
  return keep ? kept : reshape(kept, x.shape.toSpliced(at, 1));
}

const softmaxOp: Op<{ readonly axis: number }> = {
  name: "softmax",
  infer: ([x]) => ({ shape: x!.shape, dtype: "float32" }),
  vjp(node, cotangent) {
    const scaled = mul(cotangent, node);
    return [sub(scaled, mul(node, sum(scaled, node.attributes.axis, true)))];
  },
  reference([x], node, out) {
    const { axis } = node.attributes;
    const along = x!.shape.map((n, i) => (i === axis ? 1 : n));
    const [top, total] = [new Float64Array(sizeOf(along)).fill(-Infinity), new Float64Array(sizeOf(along))];
    const each = (visit: (line: number, i: number) => void): void =>
      forEachBroadcast(along, x!.shape, (i, line) => visit(line, i));
    each((line, i) => (top[line] = Math.max(top[line]!, x!.data[i]!)));
    each((line, i) => (total[line]! += out[i] = Math.exp(x!.data[i]! - top[line]!)));
    each((line, i) => (out[i]! /= total[line]!));
  },
  lower: (emit, [x], node) => emit.node("Softmax", [x!], { axis: node.attributes.axis }),
  batch: (node, [x]) => apply(softmaxOp, [x!], { axis: node.attributes.axis + 1 }),
};

/**
 * `exp(x) / sum exp(x)` along one axis. `[..., n, ...] -> [..., n, ...]`
 *
 * @throws SHAPE when the axis is empty
 * @example matmul(softmax(scores), values)
 */
export function softmax(x: Tensor, axis = -1): Tensor {
  checkFloats("softmax", x);
  return apply(softmaxOp, [x], { axis: filledAxis("softmax", x, axis) });
}

/**
 * `log softmax(x)` along one axis, as exact for large numbers as for small ones.
 *
 * @throws SHAPE when the axis is empty
 * @example neg(sum(mul(oneHot(labels, 10), logSoftmax(logits)), -1)) // cross entropy
 */
export function logSoftmax(x: Tensor, axis = -1): Tensor {
  checkFloats("logSoftmax", x);
  const at = filledAxis("logSoftmax", x, axis);
  const shifted = sub(x, stopGradient(max(x, at, true)));
  return sub(shifted, log(sum(exp(shifted), at, true)));
}

/** An axis counted from the front. @throws SHAPE when nothing lies along it */
function filledAxis(op: string, x: Tensor, axis: number): number {
  const at = axisOf(op, x, axis);
  if (x.shape[at] === 0) throw shapeError(op, [x], `elements along axis ${at}`);
  return at;
}
