import { forEachStrided, sameShape, stridesOf } from "../shape.ts";
import { apply, type Op, shapeError, type Tensor } from "../tensor.ts";
import { axesOf, axisOf, shiftAxis } from "./axes.ts";
import { reshape, stackAll } from "./broadcast.ts";

const transposeOp: Op<{ readonly permutation: readonly number[] }> = {
  name: "transpose",
  infer(inputs, { permutation }) {
    const [x] = inputs as [Tensor];
    const valid = permutation.length === x.shape.length && new Set(permutation).size === permutation.length;
    if (!valid || permutation.some((a) => x.shape[a] === undefined)) {
      throw shapeError("transpose", inputs, `a rank that fits the permutation [${permutation.join(", ")}]`);
    }
    return { shape: permutation.map((axis) => x.shape[axis]!), dtype: x.dtype };
  },
  vjp(node, cotangent) {
    const inverse = node.attributes.permutation.map((_, axis) => node.attributes.permutation.indexOf(axis));
    return [transpose(cotangent, inverse)];
  },
  reference([x], node, out) {
    const own = stridesOf(x!.shape);
    const strides = node.attributes.permutation.map((axis) => own[axis]!);
    forEachStrided(node.shape, strides, (to, from) => {
      out[to] = x!.data[from]!;
    });
  },
  lower: (emit, [x], node) => emit.node("Transpose", [x!], { perm: node.attributes.permutation }),
  batch: (node, [x]) => transpose(x!, [0, ...node.attributes.permutation.map((axis) => axis + 1)]),
};

/**
 * Reorders axes; without a permutation the last two change places. Axis `i` of the result is axis `permutation[i]`.
 *
 * @throws SHAPE when it is no permutation of the axes
 * @example transpose(x, [1, 0, 2])
 */
export function transpose(x: Tensor, permutation?: readonly number[]): Tensor {
  const rank = x.shape.length;
  const swapped = Array.from({ length: rank }, (_, i) => (i < rank - 2 ? i : 2 * rank - 3 - i));
  return apply(transposeOp, [x], { permutation: permutation ?? swapped });
}

interface SliceAttributes {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

const sliceOp: Op<SliceAttributes> = {
  name: "slice",
  infer(inputs, { starts, ends }) {
    const [x] = inputs as [Tensor];
    const fits = x.shape.every(
      (n, axis) => starts[axis]! >= 0 && starts[axis]! <= ends[axis]! && ends[axis]! <= n,
    );
    const whole = [...starts, ...ends].every(Number.isInteger);
    if (!fits || !whole || starts.length !== x.shape.length) {
      throw shapeError("slice", inputs, `room for [${starts.join(", ")}] to [${ends.join(", ")}]`);
    }
    return { shape: ends.map((end, axis) => end - starts[axis]!), dtype: x.dtype };
  },
  vjp(node, cotangent) {
    const { starts, ends } = node.attributes;
    return [
      pad(
        cotangent,
        starts,
        node.inputs[0]!.shape.map((n, axis) => n - ends[axis]!),
      ),
    ];
  },
  reference([x], node, out) {
    const strides = stridesOf(x!.shape);
    const offset = node.attributes.starts.reduce((a, start, axis) => a + start * strides[axis]!, 0);
    forEachStrided(node.shape, strides, (to, from) => {
      out[to] = x!.data[offset + from]!;
    });
  },
  lower(emit, [x], node) {
    const { starts, ends } = node.attributes;
    return emit.node("Slice", [
      x!,
      emit.ints(starts),
      emit.ints(ends),
      emit.ints(starts.map((_, axis) => axis)),
    ]);
  },
  batch(node, [x]) {
    const { starts, ends } = node.attributes;
    return apply(sliceOp, [x!], { starts: [0, ...starts], ends: [x!.shape[0]!, ...ends] });
  },
};

/**
 * Elements `start` up to but without `end` along one axis.
 *
 * @throws SHAPE when they are not all there
 * @example slice(x, 1, 0, 3) // [rows, 10] -> [rows, 3]
 */
export function slice(x: Tensor, axis: number, start: number, end: number): Tensor {
  const at = axisOf("slice", x, axis);
  const starts = x.shape.map((_, i) => (i === at ? start : 0));
  const ends = x.shape.map((n, i) => (i === at ? end : n));
  return sameShape(ends, x.shape) && start === 0 ? x : apply(sliceOp, [x], { starts, ends });
}

interface PadAttributes {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

const padOp: Op<PadAttributes> = {
  name: "pad",
  infer(inputs, { before, after }) {
    const [x] = inputs as [Tensor];
    const fits = before.length === x.shape.length && after.length === x.shape.length;
    if (!fits || x.dtype !== "float32" || [...before, ...after].some((n) => !Number.isInteger(n) || n < 0))
      throw shapeError("pad", inputs, `float32 that fits [${before.join(", ")}] and [${after.join(", ")}]`);
    return { shape: x.shape.map((n, axis) => before[axis]! + n + after[axis]!), dtype: x.dtype };
  },
  vjp(node, cotangent) {
    const { before } = node.attributes;
    const ends = node.inputs[0]!.shape.map((n, axis) => n + before[axis]!);
    return [apply(sliceOp, [cotangent], { starts: before, ends })];
  },
  reference([x], node, out) {
    const strides = stridesOf(node.shape);
    const offset = node.attributes.before.reduce((a, n, axis) => a + n * strides[axis]!, 0);
    forEachStrided(x!.shape, strides, (from, to) => {
      out[offset + to] = x!.data[from]!;
    });
  },
  lower(emit, [x], node) {
    const { before, after } = node.attributes;
    return emit.node("Pad", [x!, emit.ints([...before, ...after]), emit.scalar(0)], { mode: "constant" });
  },
  batch(node, [x]) {
    const { before, after } = node.attributes;
    return pad(x!, [0, ...before], [0, ...after]);
  },
};

/**
 * Zeros around `x`: `before[axis]` and `after[axis]` of them. float32
 *
 * @example pad(x, [0, 1], [2, 0]) // [2, 3] -> [4, 4]
 */
export function pad(x: Tensor, before: readonly number[], after: readonly number[]): Tensor {
  return [...before, ...after].every((n) => n === 0) ? x : apply(padOp, [x], { before, after });
}

const concatOp: Op<{ readonly axis: number }> = {
  name: "concat",
  infer(inputs, { axis }) {
    const [first] = inputs as [Tensor, ...Tensor[]];
    const fits = inputs.every(
      (t) =>
        t.shape.length === first.shape.length &&
        t.dtype === first.dtype &&
        sameShape(t.shape.with(axis, 0), first.shape.with(axis, 0)),
    );
    if (!fits) throw shapeError("concat", inputs, `equal dtypes and shapes but for axis ${axis}`);
    return {
      shape: first.shape.with(
        axis,
        inputs.reduce((a, t) => a + t.shape[axis]!, 0),
      ),
      dtype: first.dtype,
    };
  },
  vjp(node, cotangent) {
    const { axis } = node.attributes;
    let start = 0;
    return node.inputs.map((t) => slice(cotangent, axis, start, (start += t.shape[axis]!)));
  },
  reference(inputs, node, out) {
    const { axis } = node.attributes;
    const strides = stridesOf(node.shape);
    let offset = 0;
    for (const x of inputs) {
      forEachStrided(x.shape, strides, (from, to) => {
        out[offset + to] = x.data[from]!;
      });
      offset += x.shape[axis]! * strides[axis]!;
    }
  },
  lower: (emit, inputs, node) => emit.node("Concat", inputs, { axis: node.attributes.axis }),
  batch: (node, inputs, stacked) => apply(concatOp, stackAll(inputs, stacked), shiftAxis(node.attributes)),
};

/**
 * Joins tensors along an axis; the other sizes are equal.
 *
 * @throws SHAPE when they are not
 * @example concat([user, item], -1) // [n, a], [n, b] -> [n, a + b]
 */
export function concat(tensors: readonly Tensor[], axis = 0): Tensor {
  const [first] = tensors;
  if (first === undefined) throw shapeError("concat", [], "at least one tensor");
  const at = axisOf("concat", first, axis);
  return tensors.length === 1 ? first : apply(concatOp, tensors, { axis: at });
}

/**
 * Joins equal shapes along a new axis.
 *
 * @throws SHAPE when shapes or dtypes differ
 * @example stack([a, b, c]) // each [n] -> [3, n]
 */
export function stack(tensors: readonly Tensor[], axis = 0): Tensor {
  const [first] = tensors;
  const alike = tensors.every((t) => t.dtype === first?.dtype && sameShape(t.shape, first.shape));
  if (first === undefined || !alike) throw shapeError("stack", tensors, "tensors of one dtype and shape");
  return concat(
    tensors.map((t) => unsqueeze(t, axis)),
    axis,
  );
}

/**
 * Cuts an axis into pieces of the given sizes, which add up to that of the axis.
 *
 * @throws SHAPE when they do not
 * @example const [support, query] = split(x, [20, 10], 1);
 */
export function split(x: Tensor, sizes: readonly number[], axis = 0): Tensor[] {
  const whole = sizes.every((size) => Number.isInteger(size) && size >= 0);
  if (!whole || x.shape[axisOf("split", x, axis)] !== sizes.reduce((a, b) => a + b, 0))
    throw shapeError("split", [x], `sizes ${sizes.join(" + ")} that add up to that of axis ${axis}`);
  let start = 0;
  return sizes.map((size) => slice(x, axis, start, (start += size)));
}

/** Inserts an axis of size one. @example unsqueeze(x, -1) // [n] -> [n, 1] */
export function unsqueeze(x: Tensor, axis: number): Tensor {
  const at = axis < 0 ? axis + x.shape.length + 1 : axis;
  if (at < 0 || at > x.shape.length)
    throw shapeError("unsqueeze", [x], `an axis for the new one, not ${axis}`);
  return reshape(x, x.shape.toSpliced(at, 0, 1));
}

/**
 * Drops axes of size one.
 *
 * @throws SHAPE when one has another size
 * @example squeeze(x, -1) // [n, 1] -> [n]
 */
export function squeeze(x: Tensor, axes: number | readonly number[]): Tensor {
  const drop = axesOf("squeeze", x, axes);
  if (drop.some((axis) => x.shape[axis] !== 1))
    throw shapeError("squeeze", [x], `size one along axes ${drop.join(", ")}`);
  return reshape(
    x,
    x.shape.filter((_, axis) => !drop.includes(axis)),
  );
}
