import { broadcastShapes } from "../../shape.ts";
import { sizeOf, type Tensor } from "../../tensor.ts";
import { constantOf } from "../fold.ts";
import type { NodeView } from "../node-view.ts";
import * as t from "../ops.ts";
import { axesOf, axisAt, type Rows } from "./row.ts";

const ints = (values: readonly number[]): Tensor => t.constant(values, [values.length], "int32");

function reshape(node: NodeView): Tensor {
  const x = node.input(0);
  const asked = node.opset < 5 ? (node.numbers("shape") ?? []) : node.known(1);
  const zeroIsZero = node.number("allowzero") === 1;
  const shape = asked.map((n, axis) => (n === 0 && !zeroIsZero ? (x.shape[axis] ?? 0) : n));
  return t.reshape(x, shape);
}

function flatten(node: NodeView): Tensor {
  const x = node.input(0);
  const axis = node.number("axis") ?? 1;
  const at = axis < 0 ? axis + x.shape.length : axis;
  return t.reshape(x, [sizeOf(x.shape.slice(0, at)), sizeOf(x.shape.slice(at))]);
}

function squeeze(node: NodeView): Tensor {
  const x = node.input(0);
  const given = axesOf(node, { input: 1, since: 13 });
  const ones = x.shape.flatMap((n, axis) => (n === 1 ? [axis] : []));
  const axes = given?.map((axis) => axisAt(node, axis, x.shape.length)) ?? ones;
  const long = axes.find((axis) => x.shape[axis] !== 1);
  if (long !== undefined) throw node.fail(`size 1 at axis ${long}`, String(x.shape[long]));
  return axes.length === 0 ? x : t.squeeze(x, axes);
}

function unsqueeze(node: NodeView): Tensor {
  const x = node.input(0);
  const axes = axesOf(node, { input: 1, since: 13 }) ?? [];
  const rank = x.shape.length + axes.length;
  const at = axes.map((axis) => axisAt(node, axis, rank)).sort((a, b) => a - b);
  return t.reshape(
    x,
    at.reduce<readonly number[]>((shape, axis) => shape.toSpliced(axis, 0, 1), x.shape),
  );
}

function transpose(node: NodeView): Tensor {
  const x = node.input(0);
  return t.transpose(x, node.numbers("perm") ?? x.shape.map((_, i) => x.shape.length - 1 - i));
}

/** Both sides may be stretched. */
function expand(node: NodeView): Tensor {
  const x = node.input(0);
  const asked = node.known(1);
  const shape = broadcastShapes(x.shape, asked);
  if (shape === undefined)
    throw node.fail(`a shape that [${x.shape.join(", ")}] broadcasts with`, `[${asked.join(", ")}]`);
  return t.expand(x, shape);
}

/** Repeats by a new axis in front of each. */
function tile(node: NodeView): Tensor {
  const x = node.input(0);
  const repeats = node.known(1);
  const split = t.reshape(
    x,
    x.shape.flatMap((n) => [1, n]),
  );
  const wide = t.expand(
    split,
    x.shape.flatMap((n, axis) => [repeats[axis] ?? 1, n]),
  );
  return t.reshape(
    wide,
    x.shape.map((n, axis) => n * (repeats[axis] ?? 1)),
  );
}

function shapeOf(node: NodeView): Tensor {
  const { shape } = node.input(0);
  return ints(shape.slice(node.number("start") ?? 0, node.number("end") ?? shape.length));
}

function constant(node: NodeView): Tensor {
  const tensor = node.tensor("value");
  if (tensor !== undefined) return constantOf(tensor.data, tensor.shape, tensor.dtype);
  const [float, int] = [node.number("value_float"), node.number("value_int")];
  if (float !== undefined) return t.constant(float);
  if (int !== undefined) return t.constant(int, [], "int32");
  const [floats, integers] = [node.numbers("value_floats"), node.numbers("value_ints")];
  if (floats !== undefined) return t.constant(floats, [floats.length]);
  if (integers !== undefined) return ints(integers);
  throw node.fail("a dense value of numbers", [...node.node.attributes.keys()].join(", ") || "none");
}

function filled(node: NodeView): Tensor {
  const value = node.tensor("value");
  const one = value === undefined ? t.constant(0) : constantOf(value.data, [], value.dtype);
  return t.expand(one, node.known(0));
}

const LONGEST_RANGE = 1 << 24;

function range(node: NodeView): Tensor {
  const [start = 0, limit = 0, step = 1] = [node.known(0)[0], node.known(1)[0], node.known(2)[0]];
  const count = Math.max(0, Math.ceil((limit - start) / step));
  if (!(count <= LONGEST_RANGE)) throw node.fail(`at most ${LONGEST_RANGE} numbers`, String(count));
  const values = Array.from({ length: count }, (_, i) => start + i * step);
  return t.constant(values, [count], node.input(0).dtype);
}

/** Dropout does nothing outside training. */
function dropout(node: NodeView): Tensor[] {
  node.ignore("ratio", "seed", "is_test");
  if (node.optionalKnown(2)?.[0] === 1) throw node.fail("dropout as for inference", "training_mode true");
  const x = node.input(0);
  return [x, t.constant(new Uint8Array(sizeOf(x.shape)).fill(1), x.shape, "bool")];
}

/** Shapes, and values that come from nowhere else. */
export const shapes: Rows = {
  Identity: (node) => node.input(0),
  Dropout: dropout,
  Reshape: reshape,
  Flatten: flatten,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Transpose: transpose,
  Expand: expand,
  Tile: tile,
  Shape: shapeOf,
  Size: (node) => t.constant(sizeOf(node.input(0).shape), [], "int32"),
  Constant: constant,
  ConstantOfShape: filled,
  Range: range,
};
