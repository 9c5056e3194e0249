import { sizeOf, type Tensor } from "../../tensor.ts";
import type { NodeView } from "../node-view.ts";
import * as t from "../ops.ts";
import { axesOf, axisAt, type Importer, type Rows, takeAt, viaFloat } from "./row.ts";

type Reduce = (x: Tensor, axes: readonly number[], keep: boolean) => Tensor;

/** `since`: the operator set from which on axes are an input. */
function reduction(reduce: Reduce, since = 18): Importer {
  return (node) => {
    const x = node.input(0);
    const given = axesOf(node, { input: 1, since });
    const keep = (node.number("keepdims") ?? 1) === 1;
    const nothing = (given ?? []).length === 0;
    const leave = node.number("noop_with_empty_axes") === 1;
    if (nothing && leave) return viaFloat(x, (numbers) => reduce(numbers, [], keep));
    const all = x.shape.map((_, axis) => axis);
    const axes = nothing ? all : (given ?? []).map((axis) => axisAt(node, axis, x.shape.length));
    return viaFloat(x, (numbers) => reduce(numbers, axes, keep));
  };
}

/** Over several axes, safe against overflow. */
function logSumExp(x: Tensor, axes: readonly number[], keep: boolean): Tensor {
  const top = t.stopGradient(t.max(x, axes, true));
  const kept = t.add(top, t.log(t.sum(t.exp(t.sub(x, top)), axes, true)));
  return keep ? kept : t.squeeze(kept, axes);
}

/** Before operator set 13 the axes from `axis` on were one. */
function alongLast(f: (x: Tensor, axis: number) => Tensor): Importer {
  return (node) => {
    const x = node.input(0);
    const axis = axisAt(node, node.number("axis") ?? (node.opset < 13 ? 1 : -1), x.shape.length);
    if (node.opset >= 13) return f(x, axis);
    const rows = [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis))];
    return t.reshape(f(t.reshape(x, rows), 1), x.shape);
  };
}

function argument(sign: 1 | -1): Importer {
  return (node) => {
    const x = t.cast(node.input(0), "float32");
    const axis = axisAt(node, node.number("axis") ?? 0, x.shape.length);
    const last = node.number("select_last_index") === 1;
    const size = x.shape[axis] ?? 0;
    const backwards = Array.from({ length: size }, (_, i) => size - 1 - i);
    const larger = sign === 1 ? x : t.neg(x);
    const found = last
      ? t.sub(size - 1, t.argMax(takeAt(larger, axis, backwards), axis))
      : t.argMax(larger, axis);
    return (node.number("keepdims") ?? 1) === 1 ? t.unsqueeze(found, axis) : found;
  };
}

function topK(node: NodeView): Tensor[] {
  node.ignore("sorted");
  const x = node.input(0);
  const k = node.opset < 10 ? node.number("k") : node.known(1)[0];
  const rank = x.shape.length;
  const axis = axisAt(node, node.number("axis") ?? -1, rank);
  const sign = node.number("largest") === 0 ? t.neg : (y: Tensor): Tensor => y;
  const swapped = x.shape.map((_, i) => (i === axis ? rank - 1 : i === rank - 1 ? axis : i));
  const { values, indices } = t.topK(sign(t.transpose(x, swapped)), k ?? 0);
  return [t.transpose(sign(values), swapped), t.transpose(indices, swapped)];
}

/** Running sums by a product with ones in a triangle. */
function runningSum(node: NodeView): Tensor {
  const x = node.input(0);
  const rank = x.shape.length;
  const axis = axisAt(node, node.known(1)[0] ?? 0, rank);
  const n = x.shape[axis] ?? 0;
  const [exclusive, reverse] = [node.number("exclusive") === 1, node.number("reverse") === 1];
  const counts = (from: number, to: number): boolean =>
    (exclusive ? from !== to : true) && (reverse ? from >= to : from <= to);
  const triangle = Array.from({ length: n * n }, (_, i) => Number(counts(Math.floor(i / n), i % n)));
  const swapped = x.shape.map((_, i) => (i === axis ? rank - 1 : i === rank - 1 ? axis : i));
  return viaFloat(x, (numbers) => {
    const rows = t.reshape(t.transpose(numbers, swapped), [sizeOf(x.shape) / Math.max(n, 1), n]);
    const sums = t.matmul(rows, t.constant(triangle, [n, n]));
    return t.transpose(
      t.reshape(
        sums,
        swapped.map((i) => x.shape[i] ?? 1),
      ),
      swapped,
    );
  });
}

/** Along axes. */
export const reductions: Rows = {
  ReduceSum: reduction(t.sum, 13),
  ReduceMean: reduction(t.mean),
  ReduceMax: reduction(t.max),
  ReduceMin: reduction(t.min),
  ReduceL1: reduction((x, axes, keep) => t.sum(t.abs(x), axes, keep)),
  ReduceL2: reduction((x, axes, keep) => t.sqrt(t.sum(t.square(x), axes, keep))),
  ReduceSumSquare: reduction((x, axes, keep) => t.sum(t.square(x), axes, keep)),
  ReduceLogSum: reduction((x, axes, keep) => t.log(t.sum(x, axes, keep))),
  ReduceLogSumExp: reduction(logSumExp),
  Softmax: alongLast(t.softmax),
  LogSoftmax: alongLast(t.logSoftmax),
  ArgMax: argument(1),
  ArgMin: argument(-1),
  TopK: topK,
  CumSum: runningSum,
};
