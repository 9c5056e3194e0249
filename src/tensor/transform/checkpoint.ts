import { leavesOf, type TensorTree, vjp } from "../grad.ts";
import type { Tensor } from "../tensor.ts";
import { mapTree } from "../tree.ts";
import { retrace, type Traced, traced } from "./closure.ts";
import { asTree, custom } from "./custom.ts";
import { after, identity } from "./marker.ts";
import { withLeaves } from "./products.ts";

/**
 * The same function, but its inner values are not kept for the backward pass: they are computed again there, from the
 * argument and whatever else the function reads, once the cotangent has arrived (Chen et al. 2016). Values and
 * derivatives are the same; a long chain of such pieces needs the memory of one piece and of the joints between.
 * A second derivative through it recomputes too, but keeps what its own backward pass needs.
 *
 * @param f from a tree of tensors to a tree of tensors; called once, at once, with fresh leaves
 * @example const y = checkpoint((x: Tensor) => block(params, x))(h);
 */
export function checkpoint<X extends TensorTree, Y extends TensorTree>(f: (x: X) => Y): (x: X) => Y {
  return (x) => {
    const leaves = mapTree<X, Tensor, Tensor>(x, identity) as TensorTree as X;
    const y = f(leaves);
    const template = traced(leavesOf(leaves), leavesOf(y));
    return withLeaves(y, recomputed(template, leavesOf(x))) as TensorTree as Y;
  };
}

function recomputed(template: Traced, inputs: readonly Tensor[]): Tensor[] {
  const count = template.leaves.length;
  return custom(template.outputs, [...inputs, ...template.captured], (cotangents, given) => {
    const seeds = cotangents.filter((c) => c !== undefined);
    const late = after(given.slice(0, count), seeds);
    const captured = given.slice(count).map(identity);
    const outputs = retrace(template, late, captured);
    const used = outputs.filter((_, i) => cotangents[i] !== undefined);
    return pull(used, [...late, ...captured], seeds);
  });
}

/** `vjp` over lists; what is not float32 has no derivative. */
export function pull(
  outputs: readonly Tensor[],
  wrt: readonly Tensor[],
  cotangents: readonly Tensor[],
): (Tensor | undefined)[] {
  const floats = wrt.map((x) => (x.dtype === "float32" ? x : undefined));
  const found = vjp(asTree(outputs), asTree(floats), asTree(cotangents));
  return wrt.map((_, i) => found[i]);
}
