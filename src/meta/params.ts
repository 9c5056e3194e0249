import type { Rng } from "../base/rng.ts";
import { input, type MapTree, mapTree, type Shape, type Tensor, type Tree } from "../tensor/index.ts";

/** Trees of parameters on the host. */
export type HostParams = Tree<Float32Array>;

/** One program input per parameter, named by its path. */
export function paramInputs<X>(shapes: X): MapTree<X, Shape, Tensor> {
  return mapTree<X, Shape, Tensor>(shapes, (shape, path) => input(path, shape));
}

/** How a parameter starts: a constant, normal numbers with a standard deviation, or uniform ones up to a bound. */
export type Start = { readonly fill: number } | { readonly deviation: number } | { readonly bound: number };

/** Draws initial parameters; each has a stream of its own, so adding one leaves the others as they were. */
export function initParams<X>(
  shapes: X,
  rng: Rng,
  start: (path: string, shape: Shape) => Start,
): MapTree<X, Shape, Float32Array> {
  return mapTree<X, Shape, Float32Array>(shapes, (shape, path) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const how = start(path, shape);
    if ("fill" in how) return new Float32Array(size).fill(how.fill);
    const stream = rng.split(path);
    const next =
      "bound" in how ? () => how.bound * (2 * stream.next() - 1) : () => how.deviation * stream.normal();
    return Float32Array.from({ length: size }, next);
  });
}
