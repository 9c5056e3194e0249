import { forEachStrided, stridesOf } from "../shape.ts";
import {
  apply,
  type Op,
  type ReferenceValue,
  type Shape,
  shapeError,
  sizeOf,
  type Tensor,
} from "../tensor.ts";
import { axisOf, shiftAxis } from "./axes.ts";
import { reshape, stackAll } from "./broadcast.ts";
import { checkRows } from "./gather.ts";

interface AxisAttributes {
  readonly axis: number;
}

/** Whether two shapes are equal but for one axis. */
const alike = (a: Shape, b: Shape, axis: number): boolean =>
  a.length === b.length && a.every((n, i) => i === axis || n === b[i]);

/** Calls `visit` with each place in `at` and the place in `[...whole]` that its position along the axis points to. */
function forEachAlong(
  at: ReferenceValue,
  whole: Shape,
  axis: number,
  visit: (i: number, place: number) => void,
): void {
  const strides = stridesOf(whole);
  forEachStrided(at.shape, strides.with(axis, 0), (i, from) => {
    visit(i, from + at.data[i]! * strides[axis]!);
  });
}

const takeAlongOp: Op<AxisAttributes> = {
  name: "takeAlong",
  infer(inputs, { axis }) {
    const [x, at] = inputs as [Tensor, Tensor];
    if (at.dtype !== "int32" || !alike(x.shape, at.shape, axis))
      throw shapeError("takeAlong", inputs, `int32 positions of equal shape but for axis ${axis}`);
    return { shape: at.shape, dtype: x.dtype };
  },
  vjp(node, cotangent) {
    const [x, at] = node.inputs as [Tensor, Tensor];
    const { axis } = node.attributes;
    return [scatterAddAlong(cotangent, at, { size: x.shape[axis]!, axis }), undefined];
  },
  reference([x, at], node, out) {
    const { axis } = node.attributes;
    checkRows("takeAlong", at!.data, x!.shape[axis]!);
    forEachAlong(at!, x!.shape, axis, (i, place) => {
      out[i] = x!.data[place]!;
    });
  },
  lower: (emit, inputs, node) => emit.node("GatherElements", inputs, { axis: node.attributes.axis }),
  batch: (node, inputs, stacked) => apply(takeAlongOp, stackAll(inputs, stacked), shiftAxis(node.attributes)),
};

/**
 * Elements at given positions along one axis, each line its own. `[..., n, ...], int32 [..., k, ...] -> [..., k, ...]`
 *
 * @example const { indices } = topK(scores, 10); const times = takeAlong(seen, indices);
 */
export function takeAlong(x: Tensor, indices: Tensor, axis = -1): Tensor {
  return apply(takeAlongOp, [x, indices], { axis: axisOf("takeAlong", x, axis) });
}

const scatterAddAlongOp: Op<AxisAttributes & { readonly size: number }> = {
  name: "scatterAddAlong",
  infer(inputs, { axis, size }) {
    const [values, at] = inputs as [Tensor, Tensor];
    const fits = alike(values.shape, at.shape, axis) && values.shape[axis] === at.shape[axis];
    if (!fits || at.dtype !== "int32" || values.dtype !== "float32" || !Number.isInteger(size) || size < 0)
      throw shapeError("scatterAddAlong", inputs, `float32, int32 of equal shape, and a size, not ${size}`);
    return { shape: values.shape.with(axis, size), dtype: "float32" };
  },
  vjp: (node, cotangent) => [takeAlong(cotangent, node.inputs[1]!, node.attributes.axis), undefined],
  reference([values, at], node, out) {
    const { axis, size } = node.attributes;
    checkRows("scatterAddAlong", at!.data, size);
    forEachAlong(at!, node.shape, axis, (i, place) => {
      out[place]! += values!.data[i]!;
    });
  },
  lower(emit, [values, at], node) {
    const zeros = emit.node("Expand", [emit.scalar(0), emit.ints(node.shape)]);
    const { axis } = node.attributes;
    return emit.node("ScatterElements", [zeros, at!, values!], { axis, reduction: "add" });
  },
  batch: (node, inputs, stacked) =>
    apply(scatterAddAlongOp, stackAll(inputs, stacked), shiftAxis(node.attributes)),
};

/**
 * Adds elements into zeros at given positions along one axis of the given size. The adjoint of `takeAlong`.
 * `[..., k, ...], int32 [..., k, ...] -> [..., size, ...]`
 *
 * @throws SHAPE when values and positions are of different shapes
 * @example scatterAddAlong(values, indices, { size: items })
 */
export function scatterAddAlong(
  values: Tensor,
  indices: Tensor,
  { size, axis = -1 }: { readonly size: number; readonly axis?: number },
): Tensor {
  return apply(scatterAddAlongOp, [values, indices], { size, axis: axisOf("scatterAddAlong", values, axis) });
}

/** Positions of one line, the largest number first; of equal numbers the lower position. */
const descending = (line: Float64Array): number[] =>
  Array.from(line.keys()).sort((a, b) => line[b]! - line[a]! || a - b);

const topIndicesOp: Op<{ readonly k: number }> = {
  name: "topK",
  infer(inputs, { k }) {
    const [x] = inputs as [Tensor];
    if (x.dtype === "bool" || !Number.isInteger(k) || k < 0 || !(k <= (x.shape.at(-1) ?? -1)))
      throw shapeError("topK", inputs, `numbers [..., n] with n at least ${k}`);
    return { shape: x.shape.with(-1, k), dtype: "int32" };
  },
  vjp: () => [undefined],
  reference([x], node, out) {
    const [n, k] = [x!.shape.at(-1)!, node.attributes.k];
    for (let i = 0; i < sizeOf(node.shape.slice(0, -1)); i++)
      out.set(descending(x!.data.subarray(i * n, (i + 1) * n)).slice(0, k), i * k);
  },
  lower(emit, [x], node) {
    // onnxruntime 1.30 divides by the number of rows, and dies where there is none.
    if (sizeOf(node.shape) === 0) return emit.constant(new Int32Array(), node.shape, "int32");
    const inputs = [x!, emit.ints([node.attributes.k])];
    const indices = emit.node("TopK", inputs, { axis: -1, largest: 1, sorted: 1 }, 1);
    return emit.node("Cast", [indices], { to: 6 });
  },
};

/**
 * The `k` largest numbers along the last axis, largest first, and where they stand; of equal numbers the one with the
 * lower position first. `[..., n] -> values [..., k], int32 indices [..., k]`. The choice has no gradient; the values
 * have that of `takeAlong`.
 *
 * @throws SHAPE when `k` is more than `n`
 * @example const { values, indices } = topK(scores, 10);
 */
export function topK(x: Tensor, k: number): { readonly values: Tensor; readonly indices: Tensor } {
  const indices = apply(topIndicesOp, [x], { k });
  return { values: takeAlong(x, indices), indices };
}

const argMaxOp: Op<AxisAttributes> = {
  name: "argMax",
  infer(inputs, { axis }) {
    const [x] = inputs as [Tensor];
    if (x.dtype === "bool" || x.shape[axis] === 0)
      throw shapeError("argMax", inputs, `numbers along axis ${axis}`);
    return { shape: x.shape.with(axis, 1), dtype: "int32" };
  },
  vjp: () => [undefined],
  reference([x], node, out) {
    const { axis } = node.attributes;
    const [strides, lines] = [stridesOf(x!.shape), stridesOf(node.shape).with(axis, 0)];
    const best = new Float64Array(out.length).fill(-Infinity);
    forEachStrided(x!.shape, lines, (from, line) => {
      if (x!.data[from]! <= best[line]!) return;
      best[line] = x!.data[from]!;
      out[line] = Math.floor(from / strides[axis]!) % x!.shape[axis]!;
    });
  },
  lower: (emit, [x], node) =>
    emit.node("Cast", [emit.node("ArgMax", [x!], { axis: node.attributes.axis, keepdims: 1 })], { to: 6 }),
  batch: (node, [x]) => apply(argMaxOp, [x!], shiftAxis(node.attributes)),
};

/**
 * Where the largest number along an axis stands, the first of equal ones. `[..., n, ...] -> int32 [...]`, no gradient
 *
 * @throws SHAPE when the axis is empty
 * @example argMax(logits) // [rows, classes] -> [rows]
 */
export function argMax(x: Tensor, axis = -1): Tensor {
  const at = axisOf("argMax", x, axis);
  return reshape(apply(argMaxOp, [x], { axis: at }), x.shape.toSpliced(at, 1));
}
