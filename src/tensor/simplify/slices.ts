import { topological } from "../grad.ts";
import { reshape } from "../ops/broadcast.ts";
import type { MatmulOptions } from "../ops/matmul.ts";
import { slice } from "../ops/structure.ts";
import { sameShape } from "../shape.ts";
import { apply, type Shape, type Tensor } from "../tensor.ts";
import { replace } from "./replace.ts";

interface Range {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/** Element by element, and each works on finite numbers alone as well as on all. */
const POINTWISE: ReadonlySet<string> = new Set(["add", "sub", "neg", "mul"]);

/**
 * What is thrown away is not computed: a slice moves before the product, sum or reshape that it cuts, if only slices read
 * that. The gradient of joined columns, for one, is needed for the columns that are learned and not for the others.
 */
export function sliceFirst(outputs: readonly Tensor[]): Tensor[] {
  const order = topological(outputs);
  const readWhole = new Set<Tensor>(outputs);
  for (const node of order) if (node.op.name !== "slice") for (const x of node.inputs) readWhole.add(x);
  const instead = new Map<Tensor, Tensor>();
  for (const node of order) {
    const x = node.inputs[0]!;
    const cut = node.op.name === "slice" && !readWhole.has(x) ? cutBefore(x, node) : undefined;
    if (cut !== undefined) instead.set(node, cut);
  }
  return instead.size === 0 ? [...outputs] : replace(outputs, instead);
}

function cutBefore(x: Tensor, node: Tensor): Tensor | undefined {
  const range = node.attributes as Range;
  if (x.op.name === "reshape") return cutReshape(x, node);
  if (x.op.name === "matmul") return cutProduct(x, range);
  if (!POINTWISE.has(x.op.name)) return undefined;
  const inputs = x.inputs.map((of) => cutTo(of, broadcastRange(of.shape, x.shape, range)));
  return apply(x.op, inputs, x.attributes);
}

/** Rows come from the left factor, columns from the right one; the batch stays whole. */
function cutProduct(x: Tensor, { starts, ends }: Range): Tensor | undefined {
  const lead = x.shape.length - 2;
  if (x.shape.slice(0, lead).some((n, axis) => ends[axis]! - starts[axis]! !== n)) return undefined;
  const { transposeA, transposeB } = x.attributes as Required<MatmulOptions>;
  const [a, b] = x.inputs as [Tensor, Tensor];
  const rows = slice(a, transposeA ? -1 : -2, starts[lead]!, ends[lead]!);
  const columns = slice(b, transposeB ? -2 : -1, starts[lead + 1]!, ends[lead + 1]!);
  return apply(x.op, [rows, columns], x.attributes);
}

/** The part of an operand that a part of the result is made of. */
function broadcastRange(shape: Shape, full: Shape, { starts, ends }: Range): Range {
  const lead = full.length - shape.length;
  const whole = (axis: number): boolean => shape[axis] !== full[axis + lead];
  return {
    starts: shape.map((_, axis) => (whole(axis) ? 0 : starts[axis + lead]!)),
    ends: shape.map((n, axis) => (whole(axis) ? n : ends[axis + lead]!)),
  };
}

/** Where only axes are cut that the reshape left alone, counted from the end. */
function cutReshape(x: Tensor, node: Tensor): Tensor | undefined {
  const { starts, ends } = node.attributes as Range;
  const source = x.inputs[0]!;
  const first = x.shape.findIndex((n, axis) => ends[axis]! - starts[axis]! !== n);
  const tail = x.shape.length - first;
  const kept = source.shape.length - tail;
  if (first < 0 || kept < 0 || !sameShape(x.shape.slice(first), source.shape.slice(kept))) return undefined;
  const range = {
    starts: source.shape.map((_, axis) => (axis < kept ? 0 : starts[axis - kept + first]!)),
    ends: source.shape.map((n, axis) => (axis < kept ? n : ends[axis - kept + first]!)),
  };
  return reshape(cutTo(source, range), node.shape);
}

function cutTo(x: Tensor, { starts, ends }: Range): Tensor {
  return x.shape.reduce((y, _, axis) => slice(y, axis, starts[axis]!, ends[axis]!), x);
}
