import { dtypeOf } from "../../runtime/import-numbers.ts";
import { stridesOf } from "../../shape.ts";
import { sizeOf, type Tensor } from "../../tensor.ts";
import type { NodeView } from "../node-view.ts";
import * as t from "../ops.ts";
import { axisAt, fromTheFront, gatherAlong, type Rows, takeAt } from "./row.ts";

function slice(node: NodeView): Tensor {
  const x = node.input(0);
  const old = node.opset < 10;
  const starts = (old ? node.numbers("starts") : node.known(1)) ?? [];
  const ends = (old ? node.numbers("ends") : node.known(2)) ?? [];
  const axes = (old ? node.numbers("axes") : node.optionalKnown(3)) ?? starts.map((_, i) => i);
  const steps = old ? undefined : node.optionalKnown(4);
  return axes.reduce((y, given, i) => {
    const axis = axisAt(node, given, x.shape.length);
    const bounds = { start: starts[i] ?? 0, end: ends[i] ?? 0, step: steps?.[i] ?? 1 };
    return takeAt(y, axis, positionsOf(x.shape[axis] ?? 0, bounds));
  }, x);
}

interface Bounds {
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/** As in NumPy: negative bounds count from the end, those beyond it are moved to it. */
function positionsOf(size: number, { start, end, step }: Bounds): number[] {
  const [least, most] = step > 0 ? [0, size] : [-1, size - 1];
  const within = (at: number): number => Math.min(Math.max(at < 0 ? at + size : at, least), most);
  const [from, to] = [within(start), within(end)];
  const count = Math.max(0, Math.ceil((to - from) / step));
  return Array.from({ length: count }, (_, i) => from + i * step);
}

function split(node: NodeView): Tensor[] {
  const x = node.input(0);
  const axis = axisAt(node, node.number("axis") ?? 0, x.shape.length);
  const given = node.opset < 13 ? node.numbers("split") : node.optionalKnown(1);
  const parts = node.number("num_outputs") ?? node.node.outputs.length;
  const size = x.shape[axis] ?? 0;
  const each = Math.ceil(size / parts);
  // The last one may be smaller.
  const equal = Array.from({ length: parts }, (_, i) => Math.max(0, Math.min(each, size - i * each)));
  return t.split(x, given ?? equal, axis);
}

function concat(node: NodeView): Tensor {
  const all = node.inputs();
  return t.concat(all, axisAt(node, node.number("axis") ?? 0, node.input(0).shape.length));
}

function pad(node: NodeView): Tensor {
  const x = node.input(0);
  const rank = x.shape.length;
  const old = node.opset < 11;
  const amounts = (old ? node.numbers("pads") : node.known(1)) ?? [];
  const axes = (old ? undefined : node.optionalKnown(3)) ?? x.shape.map((_, i) => i);
  const mode = node.text("mode") ?? "constant";
  const value = (old ? node.number("value") : node.optionalKnown(2)?.[0]) ?? 0;
  return axes.reduce((y, given, i) => {
    const [before, after] = [amounts[i] ?? 0, amounts[i + axes.length] ?? 0];
    const around: Around = { axis: axisAt(node, given, rank), before, after };
    return mode === "constant"
      ? surround(y, around, value)
      : takeAt(y, around.axis, mirrored(node, y, { ...around, mode }));
  }, x);
}

interface Around {
  readonly axis: number;
  readonly before: number;
  readonly after: number;
}

/** The same number on both sides of an axis; negative amounts cut. */
function surround(x: Tensor, { axis, before, after }: Around, value: number): Tensor {
  const size = x.shape[axis] ?? 0;
  const inner = t.slice(x, axis, Math.max(0, -before), size - Math.max(0, -after));
  const at = (amount: number): number[] => x.shape.map((_, i) => (i === axis ? Math.max(0, amount) : 0));
  if (value === 0 && x.dtype === "float32") return t.pad(inner, at(before), at(after));
  const side = (amount: number): Tensor =>
    t.expand(t.constant(value, [], x.dtype), x.shape.with(axis, Math.max(0, amount)));
  return t.concat(
    [side(before), inner, side(after)].filter((part) => part.shape[axis] !== 0),
    axis,
  );
}

/** Positions along the axis that the padded one shows. */
function mirrored(
  node: NodeView,
  x: Tensor,
  { axis, before, after, mode }: Around & { mode: string },
): number[] {
  const n = x.shape[axis] ?? 0;
  const find: Readonly<Record<string, (at: number) => number>> = {
    edge: (at) => Math.min(Math.max(at, 0), n - 1),
    wrap: (at) => ((at % n) + n) % n,
    reflect: (at) => {
      const period = Math.max(2 * (n - 1), 1);
      const inside = ((at % period) + period) % period;
      return inside < n ? inside : period - inside;
    },
  };
  const show = find[mode];
  if (show === undefined) throw node.fail("mode constant, edge, wrap or reflect", `"${mode}"`);
  return Array.from({ length: before + n + after }, (_, i) => show(i - before));
}

function gather(node: NodeView): Tensor {
  const x = node.input(0);
  const axis = axisAt(node, node.number("axis") ?? 0, x.shape.length);
  const single = node.input(1).op.name === "constant" ? node.known(1) : [];
  const size = x.shape[axis] ?? 0;
  const [only] = single;
  if (single.length === 1 && only !== undefined) {
    const at = only < 0 ? only + size : only;
    const row = t.slice(x, axis, at, at + 1);
    return t.reshape(row, x.shape.toSpliced(axis, 1, ...node.input(1).shape));
  }
  return gatherAlong(x, axis, fromTheFront(node.input(1), size));
}

/** The part of `x` that positions of a smaller shape speak of: all of `axis`, the beginning of the others. */
function corner(x: Tensor, shape: readonly number[], axis: number): Tensor {
  return shape.reduce<Tensor>((y, n, i) => (i === axis ? y : t.slice(y, i, 0, n)), x);
}

function gatherElements(node: NodeView): Tensor {
  const x = node.input(0);
  const axis = axisAt(node, node.number("axis") ?? 0, x.shape.length);
  const positions = node.input(1);
  return t.takeAlong(corner(x, positions.shape, axis), fromTheFront(positions, x.shape[axis] ?? 0), axis);
}

/** Tuples of positions on the leading axes as one position each. `[..., k] -> [...]` */
function joined(tuples: Tensor, shape: readonly number[]): Tensor {
  const k = tuples.shape.at(-1) ?? 0;
  const strides = stridesOf(shape.slice(0, k));
  const last = tuples.shape.length - 1;
  const terms = strides.map((stride, i) => {
    const column = t.squeeze(t.slice(tuples, last, i, i + 1), last);
    return t.mul(fromTheFront(column, shape[i] ?? 0), stride);
  });
  return terms.slice(1).reduce(t.add, terms[0] ?? t.constant(0, [], "int32"));
}

function flattened(x: Tensor, axes: number): Tensor {
  return t.reshape(x, [sizeOf(x.shape.slice(0, axes)), ...x.shape.slice(axes)]);
}

function gatherNd(node: NodeView): Tensor {
  if ((node.number("batch_dims") ?? 0) !== 0)
    throw node.fail("batch_dims 0", String(node.number("batch_dims")));
  const [x, tuples] = [node.input(0), node.input(1)];
  return t.gather(flattened(x, tuples.shape.at(-1) ?? 0), joined(tuples, x.shape));
}

/**
 * Updates added to `x`, or put in their place, given how they are added up in zeros. Places are distinct where updates
 * replace; largest, smallest and product are not there.
 */
function scattered(node: NodeView, x: Tensor, addUp: (updates: Tensor) => Tensor): Tensor {
  const how = node.text("reduction") ?? "none";
  if (how !== "add" && how !== "none") throw node.fail('reduction "none" or "add"', `"${how}"`);
  const updates = node.input(2);
  const added = t.reshape(addUp(updates), x.shape);
  if (how === "add") return t.add(x, added);
  const hit = t.reshape(addUp(t.expand(t.constant(1), updates.shape)), x.shape);
  return t.where(t.greater(hit, 0), added, x);
}

function scatterNd(node: NodeView): Tensor {
  const [x, tuples] = [node.input(0), node.input(1)];
  const rows = flattened(x, tuples.shape.at(-1) ?? 0);
  const at = joined(tuples, x.shape);
  return scattered(node, x, (updates) => t.scatterAdd(updates, at, rows.shape[0] ?? 0));
}

function scatterElements(node: NodeView): Tensor {
  const [x, positions] = [node.input(0), node.input(1)];
  const axis = axisAt(node, node.number("axis") ?? 0, x.shape.length);
  const size = x.shape[axis] ?? 0;
  const indices = fromTheFront(positions, size);
  const none = x.shape.map(() => 0);
  const rest = x.shape.map((n, i) => (i === axis ? 0 : n - (positions.shape[i] ?? 0)));
  return scattered(node, x, (updates) =>
    t.pad(t.scatterAddAlong(updates, indices, { size, axis }), none, rest),
  );
}

function oneHot(node: NodeView): Tensor {
  const depth = node.known(1)[0] ?? 0;
  const [off = 0, on = 1] = node.known(2);
  const positions = fromTheFront(t.cast(node.input(0), "int32"), depth);
  const rank = positions.shape.length + 1;
  const axis = axisAt(node, node.number("axis") ?? -1, rank);
  const last = t.add(t.mul(t.oneHot(positions, depth), on - off), off);
  const order = Array.from({ length: rank - 1 }, (_, i) => i).toSpliced(axis, 0, rank - 1);
  return t.cast(t.transpose(last, order), node.input(2).dtype);
}

/** Ones on a diagonal. */
function identity(node: NodeView): Tensor {
  const [rows = 0, columns = 0] = node.input(0).shape;
  const shift = node.number("k") ?? 0;
  const to = node.number("dtype");
  const dtype = to === undefined ? node.input(0).dtype : dtypeOf(to, `node "${node.node.name}"`);
  const ones = Array.from({ length: rows * columns }, (_, i) =>
    Number((i % columns) - Math.floor(i / columns) === shift),
  );
  return t.constant(ones, [rows, columns], dtype);
}

/** Keeps one side of the diagonal of the last two axes. */
function triangle(node: NodeView): Tensor {
  const x = node.input(0);
  const shift = node.optionalKnown(1)?.[0] ?? 0;
  const upper = (node.number("upper") ?? 1) === 1;
  const [rows = 0, columns = 0] = x.shape.slice(-2);
  const keeps = Array.from({ length: rows * columns }, (_, i) => {
    const beyond = (i % columns) - Math.floor(i / columns) - shift;
    return Number(upper ? beyond >= 0 : beyond <= 0);
  });
  return t.where(t.constant(keeps, [rows, columns], "bool"), x, t.constant(0, [], x.dtype));
}

/** Parts of tensors, and tensors of parts. */
export const pieces: Rows = {
  Slice: slice,
  Split: split,
  Concat: concat,
  Pad: pad,
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherNd,
  ScatterND: scatterNd,
  ScatterElements: scatterElements,
  OneHot: oneHot,
  Trilu: triangle,
  EyeLike: identity,
};
