import { broadcastShapes, forEachBroadcast, normaliseAxes, sameShape } from "../shape.ts";
import { apply, type Op, type Shape, shapeError, sizeOf, type Tensor } from "../tensor.ts";

const reshapeOp: Op<{ readonly shape: Shape }> = {
  name: "reshape",
  infer(inputs, { shape }) {
    const [x] = inputs as [Tensor];
    const whole = shape.every((n) => Number.isInteger(n) && n >= 0);
    if (!whole || sizeOf(shape) !== sizeOf(x.shape))
      throw shapeError("reshape", inputs, `as many elements as [${shape.join(", ")}] holds`);
    return { shape, dtype: x.dtype };
  },
  vjp: (node, cotangent) => [reshape(cotangent, node.inputs[0]!.shape)],
  reference: ([x], _, out) => out.set(x!.data),
  lower: (emit, [x], node) => emit.node("Reshape", [x!, emit.ints(node.shape)], { allowzero: 1 }),
  batch: (node, [x]) => reshape(x!, [x!.shape[0]!, ...node.shape]),
};

/**
 * The same numbers, row-major, in another shape. One size may be -1: it is computed.
 *
 * @throws SHAPE when the shape holds another number of elements
 * @example reshape(x, [tasks * shots, -1])
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const known = shape.reduce((a, b) => (b === -1 ? a : a * b), 1);
  const to = shape.map((n) => (n === -1 ? sizeOf(x.shape) / Math.max(known, 1) : n));
  return sameShape(to, x.shape) ? x : apply(reshapeOp, [x], { shape: to });
}

/** A stack whose elements get axes of size one in front until they have `rank`. `[n, ...s] -> [n, 1, ..., ...s]` */
export function padRank(stack: Tensor, rank: number): Tensor {
  const missing = rank + 1 - stack.shape.length;
  return reshape(stack, stack.shape.toSpliced(1, 0, ...new Array<number>(missing).fill(1)));
}

/** Every operand of a batching rule as a stack; what all share is expanded. */
export function stackAll(inputs: readonly Tensor[], stacked: readonly boolean[]): Tensor[] {
  const size = inputs[stacked.indexOf(true)]!.shape[0]!;
  return inputs.map((x, i) => (stacked[i] ? x : expand(x, [size, ...x.shape])));
}

export interface ReduceAttributes {
  readonly axes: readonly number[];
}

const keptShape = (x: Tensor, axes: readonly number[]): number[] =>
  x.shape.map((n, axis) => (axes.includes(axis) ? 1 : n));

/** Reductions keep their axes as size one; the public functions drop them. */
export function reduction(
  name: string,
  onnx: string,
  kernel: Pick<Op<ReduceAttributes>, "vjp"> & { start: number; combine(a: number, b: number): number },
): Op<ReduceAttributes> {
  const op: Op<ReduceAttributes> = {
    name,
    infer(inputs, { axes }) {
      const [x] = inputs as [Tensor];
      if (x.dtype !== "float32") throw shapeError(name, inputs, "float32");
      if (axes.some((a) => x.shape[a] === undefined))
        throw shapeError(name, inputs, `axes ${axes.join(", ")}`);
      if (!Number.isFinite(kernel.start) && axes.some((a) => x.shape[a] === 0))
        throw shapeError(name, inputs, `elements along axes ${axes.join(", ")}`);
      return { shape: keptShape(x, axes), dtype: "float32" };
    },
    vjp: kernel.vjp,
    reference([x], node, out) {
      out.fill(kernel.start);
      forEachBroadcast(node.shape, x!.shape, (from, to) => {
        out[to] = kernel.combine(out[to]!, x!.data[from]!);
      });
    },
    lower: (emit, [x], node) => emit.node(onnx, [x!, emit.ints(node.attributes.axes)], { keepdims: 1 }),
    batch: (node, [x]) => apply(op, [x!], { axes: node.attributes.axes.map((axis) => axis + 1) }),
  };
  return op;
}

export const sumOp: Op<ReduceAttributes> = reduction("sum", "ReduceSum", {
  start: 0,
  combine: (a, b) => a + b,
  vjp: (node, cotangent) => [expand(cotangent, node.inputs[0]!.shape)],
});

export function reduce(
  op: Op<ReduceAttributes>,
  x: Tensor,
  axes: number | readonly number[] | undefined,
  keep: boolean,
): Tensor {
  const list = normaliseAxes(axes, x.shape.length);
  if (list.length === 0) return x;
  const kept = apply(op, [x], { axes: list });
  return keep
    ? kept
    : reshape(
        kept,
        x.shape.filter((_, axis) => !list.includes(axis)),
      );
}

/**
 * Sum along axes (all by default); `keep` leaves them with size one. float32
 *
 * @example sum(x, [0, 1]) // [tasks, rows, n] -> [n]
 */
export function sum(x: Tensor, axes?: number | readonly number[], keep = false): Tensor {
  return reduce(sumOp, x, axes, keep);
}

const expandOp: Op<{ readonly shape: Shape }> = {
  name: "expand",
  infer(inputs, { shape }) {
    const [x] = inputs as [Tensor];
    const to = broadcastShapes(x.shape, shape);
    const whole = shape.every((n) => Number.isInteger(n) && n >= 0);
    if (to === undefined || !whole || !sameShape(to, shape))
      throw shapeError("expand", inputs, `a shape that broadcasts to [${shape.join(", ")}]`);
    return { shape, dtype: x.dtype };
  },
  vjp: (node, cotangent) => [sumTo(cotangent, node.inputs[0]!.shape)],
  reference([x], node, out) {
    forEachBroadcast(x!.shape, node.shape, (to, from) => {
      out[to] = x!.data[from]!;
    });
  },
  lower: (emit, [x], node) => emit.node("Expand", [x!, emit.ints(node.shape)]),
  batch: (node, [x]) => expand(padRank(x!, node.shape.length), [x!.shape[0]!, ...node.shape]),
};

/**
 * Broadcasts to a larger shape, axes of size one and missing ones in front being repeated.
 *
 * @throws SHAPE when the shape does not broadcast to it
 * @example expand(row, [rows, n]) // [n] -> [rows, n]
 */
export function expand(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : apply(expandOp, [x], { shape });
}

/**
 * Undoes a broadcast: sums the axes along which `shape` was stretched. The adjoint of `expand`.
 *
 * @throws SHAPE when `shape` does not broadcast to that of `x`
 * @example sumTo(x, [n]) // [rows, n] -> [n]
 */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const lead = x.shape.length - shape.length;
  const axes = x.shape.flatMap((n, axis) =>
    axis < lead || (shape[axis - lead] === 1 && n !== 1) ? [axis] : [],
  );
  const narrow = axes.length === 0 ? x : sum(x, axes, true);
  if (sizeOf(narrow.shape) !== sizeOf(shape))
    throw shapeError("sumTo", [x], `a shape that [${shape.join(", ")}] broadcasts to`);
  return reshape(narrow, shape);
}
