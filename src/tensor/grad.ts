import { ForetasteError } from "../base/errors.ts";
import { add } from "./ops/elementwise.ts";
import { ones, zeros } from "./ops/leaf.ts";
import { formatShape, sizeOf, type Tensor } from "./tensor.ts";
import { flatten, type MapTree, mapTree, type Tree } from "./tree.ts";

/** Every node reachable from `roots`, inputs before users. */
export function topological(roots: readonly Tensor[]): Tensor[] {
  const seen = new Set<Tensor>();
  const pending = [...roots];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    pending.push(...node.inputs);
  }
  return [...seen].sort((a, b) => a.id - b.id);
}

/**
 * The gradient of a scalar with respect to every leaf of `wrt`, as tensors of the same shapes: reverse-mode
 * accumulation over the graph. Its result is a graph again, so `grad` of a function of gradients just works.
 *
 * @param loss a float32 tensor with one element
 * @param wrt a tensor or a tree of tensors that `loss` was computed from; a leaf it does not depend on gets zeros
 * @throws SHAPE when `loss` has more than one element
 * @example const g = grad(mean(square(sub(predict(params, x), y))), params);
 */
export function grad<X extends Tensor | Tree<Tensor>>(loss: Tensor, wrt: X): MapTree<X, Tensor, Tensor> {
  if (sizeOf(loss.shape) !== 1 || loss.dtype !== "float32") {
    const got = `${loss.dtype}${formatShape(loss.shape)}`;
    throw new ForetasteError("SHAPE", { where: "grad", expected: "a loss with one float32 element", got });
  }
  const leaves = flatten<Tensor>(wrt as Tree<Tensor>).map(([, leaf]) => leaf);
  const cotangents = accumulate(loss, new Set(leaves));
  return mapTree<X, Tensor, Tensor>(wrt, (leaf) => cotangents.get(leaf) ?? zeros(leaf.shape));
}

function accumulate(loss: Tensor, wrt: ReadonlySet<Tensor>): Map<Tensor, Tensor> {
  const order = topological([loss]);
  const relevant = dependents(order, wrt);
  const cotangents = new Map<Tensor, Tensor>([[loss, ones(loss.shape)]]);
  for (const node of order.reverse()) {
    const cotangent = cotangents.get(node);
    if (cotangent === undefined || !relevant.has(node)) continue;
    if (!node.inputs.some((x) => relevant.has(x))) continue;
    node.op.vjp(node, cotangent).forEach((part, i) => {
      const x = node.inputs[i];
      if (part === undefined || x === undefined || !relevant.has(x)) return;
      const sofar = cotangents.get(x);
      cotangents.set(x, sofar === undefined ? part : add(sofar, part));
    });
  }
  return cotangents;
}

/** The nodes whose value depends on a leaf of `wrt`. */
function dependents(order: readonly Tensor[], wrt: ReadonlySet<Tensor>): Set<Tensor> {
  const found = new Set<Tensor>();
  for (const node of order) if (wrt.has(node) || node.inputs.some((x) => found.has(x))) found.add(node);
  return found;
}
