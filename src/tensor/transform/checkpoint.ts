import { leavesOf, type TensorTree, vjp } from "../grad.ts";
import type { Tensor } from "../tensor.ts";
import { mapTree } from "../tree.ts";
import { type Maybe, plus } from "./bundle.ts";
import { retrace, type Traced, traced } from "./closure.ts";
import { asTree, type CustomRule, custom } from "./custom.ts";
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
  return (x) => checkpointed(f, x, new Map());
}

/**
 * {@link checkpoint}, one piece of a chain. What the pieces read in common is handed from one to the next, so that its
 * gradient is one running sum and not a sum of one part for each piece at the end.
 *
 * @param shared what was read so far, as the last piece handed it on; changed in place
 */
export function checkpointed<X extends TensorTree, Y extends TensorTree>(
  f: (x: X) => Y,
  x: X,
  shared: Map<Tensor, Tensor>,
): Y {
  const leaves = mapTree<X, Tensor, Tensor>(x, identity) as TensorTree as X;
  const y = f(leaves);
  const template = traced(leavesOf(leaves), leavesOf(y));
  const read = template.captured.map((tensor) => shared.get(tensor) ?? tensor);
  const values = [...template.outputs, ...read];
  const parts = custom(values, [...leavesOf(x), ...read, ...template.captured], recompute(template));
  const count = template.outputs.length;
  template.captured.forEach((tensor, i) => shared.set(tensor, parts[count + i]!));
  return withLeaves(y, parts.slice(0, count)) as TensorTree as Y;
}

/**
 * The backward pass of one piece. It waits for all its cotangents, and its own cotangents wait for the gradients of what
 * it read: otherwise onnxruntime, which knows no preference between what can be computed, puts those off and holds on
 * to everything they need.
 */
function recompute(template: Traced): CustomRule {
  const [own, count] = [template.leaves.length, template.outputs.length];
  const end = own + template.captured.length;
  return (cotangents, given, _, wanted) => {
    const late = after(given.slice(0, own), cotangents.filter(isThere));
    const fresh = given.slice(own, end).map(identity);
    const outputs = retrace(template, late, fresh).filter((__, i) => cotangents[i] !== undefined);
    const seeds = cotangents.slice(0, count).filter(isThere);
    const pulled = pull(outputs, [...late, ...fresh], seeds);
    // What is handed on depends on all of the piece before; whether a gradient is asked for shows at the tensor itself.
    const asked = wanted.slice(end);
    const gradients = pulled
      .slice(own)
      .map((x, i) => (asked[i] ? plus(x, cotangents[count + i]) : undefined));
    const telling = gradients.filter(isThere);
    const there = after(pulled.slice(0, own).filter(isThere), telling);
    return [...pulled.slice(0, own).map((x) => x && there.shift()), ...gradients];
  };
}

const isThere = (x: Maybe): x is Tensor => x !== undefined;

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
