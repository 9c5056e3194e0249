import type { Shape } from "./tensor.ts";

/** Row-major strides. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}

/** NumPy broadcasting of two shapes, or `undefined` when they do not fit. */
export function broadcastShapes(a: Shape, b: Shape): number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const out = new Array<number>(rank);
  for (let i = 0; i < rank; i++) {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) return undefined;
    out[i] = x === 1 ? y : x;
  }
  return out;
}

/** For every element of `out`, calls `visit(outIndex, sourceIndex)` with the source broadcast to `out`. */
export function forEachBroadcast(source: Shape, out: Shape, visit: (to: number, from: number) => void): void {
  const lead = out.length - source.length;
  const own = stridesOf(source);
  const strides = out.map((_, axis) => (axis < lead || source[axis - lead] === 1 ? 0 : own[axis - lead]!));
  forEachStrided(out, strides, visit);
}

/** Walks `shape` row-major; `from` advances by `strides`. */
export function forEachStrided(
  shape: Shape,
  strides: readonly number[],
  visit: (to: number, from: number) => void,
): void {
  const total = shape.reduce((a, b) => a * b, 1);
  const index = new Array<number>(shape.length).fill(0);
  let from = 0;
  for (let to = 0; to < total; to++) {
    visit(to, from);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
}

/** Axes as non-negative, ascending, distinct numbers; `undefined` means all. */
export function normaliseAxes(axes: number | readonly number[] | undefined, rank: number): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, i) => i);
  const list = (typeof axes === "number" ? [axes] : axes).map((a) => (a < 0 ? a + rank : a));
  return [...new Set(list)].sort((a, b) => a - b);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((n, i) => n === b[i]);
}
