import { ForetasteError } from "../base/errors.ts";
import { flatten, mapTree } from "../tensor/index.ts";
import type { StoredTensor, Tensors } from "../tensor/safetensors/safetensors.ts";

/** What training states are made of: nested plain objects with these at the leaves. */
export type Leaf = Float32Array | Float64Array | Int32Array | number;

/** A copy that shares no array with the tree. */
export function copyTree<X>(tree: X): X {
  return mapTree<X, Leaf, Leaf>(tree, (leaf) => (typeof leaf === "number" ? leaf : leaf.slice())) as X;
}

/** Moves the arrays of `average` **in place**: `average <- keep average + (1 - keep) now`. */
export function blendInto<X>(average: X, now: X, keep: number): void {
  const current = new Map(leavesOf(now));
  for (const [path, kept] of leavesOf(average)) {
    const next = current.get(path);
    if (!(kept instanceof Float32Array) || !(next instanceof Float32Array)) continue;
    for (let i = 0; i < kept.length; i++) kept[i] = keep * kept[i]! + (1 - keep) * next[i]!;
  }
}

/** Leaves as tensors of one axis under their paths; a number is a tensor of no axis. */
export function toTensors(tree: unknown): Tensors {
  return Object.fromEntries(leavesOf(tree).map(([path, leaf]) => [path, toTensor(leaf)]));
}

function leavesOf(tree: unknown): [string, Leaf][] {
  return flatten<Leaf>(tree as Leaf);
}

function toTensor(leaf: Leaf): StoredTensor {
  if (typeof leaf === "number") return { dtype: "F64", shape: [], data: Float64Array.of(leaf) };
  const dtype = leaf instanceof Float32Array ? "F32" : leaf instanceof Int32Array ? "I32" : "F64";
  return { dtype, shape: [leaf.length], data: leaf };
}

/**
 * The reverse of {@link toTensors}, in the nesting and sizes of `like`.
 *
 * @throws ARTEFACT when a leaf is missing or of another size or type
 */
export function fromTensors<X>(tensors: Tensors, like: X, where: string): X {
  return mapTree<X, Leaf, Leaf>(like, (leaf, path) => {
    const found = tensors[path]?.data;
    const wanted = toTensor(leaf);
    if (found?.length === wanted.data.length && found.constructor === wanted.data.constructor)
      return typeof leaf === "number" ? Number(found[0]) : (found as Float32Array);
    throw new ForetasteError("ARTEFACT", {
      where: `${where}, "${path}"`,
      expected: `${wanted.data.length} numbers of ${wanted.dtype}`,
      got: found === undefined ? "nothing" : `${found.length} in a ${found.constructor.name}`,
      hint: "It belongs to another model or version: remove it to start afresh.",
    });
  }) as X;
}
