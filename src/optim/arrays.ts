import { ForetasteError } from "../base/errors.ts";
import { flatten, mapTree, type Tree } from "../tensor/tree.ts";

/** Parameters, gradients, updates: nested plain objects with typed arrays at the leaves. */
export type Arrays = Tree<Float32Array>;

/** Zeros in the nesting and sizes of `tree`. @example zerosLike(params) */
export function zerosLike(tree: Arrays): Arrays {
  return mapTree<Arrays, Float32Array, Float32Array>(tree, (leaf) => new Float32Array(leaf.length));
}

/**
 * A new tree from two of the same nesting, leaf by leaf.
 *
 * @throws SHAPE when `second` lacks a leaf of `first` or has another number of elements there
 */
export function zip(
  first: Arrays,
  second: Arrays,
  join: (a: Float32Array, b: Float32Array, path: string) => Float32Array,
): Arrays {
  const others = new Map(flatten<Float32Array>(second));
  return mapTree<Arrays, Float32Array, Float32Array>(first, (a, path) => {
    const b = others.get(path);
    if (b?.length === a.length) return join(a, b, path);
    const [expected, got] = [`${a.length} elements`, b === undefined ? "nothing" : `${b.length}`];
    throw new ForetasteError("SHAPE", { where: `optimiser, leaf "${path}"`, expected, got });
  });
}

/** `sqrt` of the sum of squares of every element of every leaf. @example globalNorm(grads) // to be logged */
export function globalNorm(tree: Arrays): number {
  let total = 0;
  for (const [, leaf] of flatten<Float32Array>(tree)) for (const x of leaf) total += x * x;
  return Math.sqrt(total);
}
