import { normaliseAxes } from "../shape.ts";
import { shapeError, type Tensor } from "../tensor.ts";

/** An axis counted from the front; negative ones count from the end. */
export function axisOf(op: string, x: Tensor, axis: number): number {
  const at = axis < 0 ? axis + x.shape.length : axis;
  if (x.shape[at] === undefined) throw shapeError(op, [x], `an axis ${axis}`);
  return at;
}

/** Axes counted from the front, ascending, distinct; `undefined` means all. */
export function axesOf(op: string, x: Tensor, axes: number | readonly number[] | undefined): number[] {
  for (const axis of axes === undefined ? [] : [axes].flat()) axisOf(op, x, axis);
  return normaliseAxes(axes, x.shape.length);
}

/** The same axis behind one more in front. */
export function shiftAxis<A extends { readonly axis: number }>(attributes: A): A {
  return { ...attributes, axis: attributes.axis + 1 };
}

/** @throws SHAPE naming the operator when a tensor is not float32 */
export function checkFloats(op: string, ...tensors: readonly Tensor[]): void {
  if (tensors.some((t) => t.dtype !== "float32")) throw shapeError(op, tensors, "float32");
}
