import type { Tensor } from "../../tensor.ts";
import type { NodeView } from "../node-view.ts";
import * as t from "../ops.ts";

/** An ONNX operator in ours. Several outputs come as a list; those that are not asked for may be missing. */
export type Importer = (node: NodeView) => Tensor | readonly Tensor[];

/** Importers by operator type. */
export type Rows = Readonly<Record<string, Importer>>;

/** An operator of ours that takes float32, on integers too: through float64 where shapes are computed, exact to 2^24. */
export function viaFloat(x: Tensor, f: (x: Tensor) => Tensor): Tensor {
  return x.dtype === "float32" ? f(x) : t.cast(f(t.cast(x, "float32")), x.dtype);
}

/** Counted from the front; negative axes count from the end. */
export function axisAt(node: NodeView, axis: number, rank: number): number {
  const at = axis < 0 ? axis + rank : axis;
  if (at < 0 || at >= rank) throw node.fail(`an axis of ${rank}`, String(axis));
  return at;
}

/** Axes as an input since an operator set, as an attribute before. */
export function axesOf(
  node: NodeView,
  { input, since }: { input: number; since: number },
): readonly number[] | undefined {
  return node.opset >= since ? node.optionalKnown(input) : node.numbers("axes");
}

/** Elements at constant positions along an axis; a slice where they follow one another. */
export function takeAt(x: Tensor, axis: number, positions: readonly number[]): Tensor {
  const start = positions[0] ?? 0;
  if (positions.every((p, i) => p === start + i)) return t.slice(x, axis, start, start + positions.length);
  return gatherAlong(x, axis, t.constant(positions, [positions.length], "int32"));
}

/** `gather` along any axis. `[...a, n, ...b], [...i] -> [...a, ...i, ...b]` */
export function gatherAlong(x: Tensor, axis: number, rows: Tensor): Tensor {
  if (axis === 0) return t.gather(x, rows);
  const rank = x.shape.length;
  const others = Array.from({ length: rank }, (_, i) => i).filter((i) => i !== axis);
  const found = t.gather(t.transpose(x, [axis, ...others]), rows);
  const wide = rows.shape.length;
  const order = Array.from({ length: found.shape.length }, (_, i) => i);
  return t.transpose(found, [
    ...order.slice(wide, wide + axis),
    ...order.slice(0, wide),
    ...order.slice(wide + axis),
  ]);
}

/** Negative positions count from the end. */
export function fromTheFront(positions: Tensor, size: number): Tensor {
  return t.where(t.less(positions, 0), t.add(positions, size), positions);
}
