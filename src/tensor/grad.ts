import { ForetasteError } from "../base/errors.ts";
import { ones, zeros } from "./ops/leaf.ts";
import { sameShape } from "./shape.ts";
import { formatShape, sizeOf, type Tensor } from "./tensor.ts";
import { addCotangents } from "./transform/bundle.ts";
import { flatten, type MapTree, mapTree, type Tree } from "./tree.ts";

/** One tensor, or plain nested objects of them. */
export type TensorTree = Tensor | Tree<Tensor>;

/**
 * Every node reachable from `roots`, inputs before users.
 *
 * @param oldest nodes with smaller ids are left out, with all that only they need
 */
export function topological(roots: readonly Tensor[], oldest = 0): Tensor[] {
  const seen = new Set<Tensor>();
  const pending = [...roots];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (node.id < oldest || seen.has(node)) continue;
    seen.add(node);
    for (const x of node.inputs) pending.push(x);
  }
  return [...seen].sort((a, b) => a.id - b.id);
}

/** The leaves of a tensor or of a tree of them, in key order. */
export function leavesOf(tree: TensorTree): Tensor[] {
  return flatten<Tensor>(tree).map(([, leaf]) => leaf);
}

/**
 * The gradient of a scalar with respect to every leaf of `wrt`, as tensors of the same shapes: reverse-mode
 * accumulation over the graph. Its result is a graph again, so `grad` of a function of gradients just works.
 *
 * @param loss a float32 tensor with one element
 * @param wrt a tensor or a tree of tensors that `loss` was computed from; a leaf it does not depend on gets zeros
 * @throws SHAPE when `loss` has more than one element, or a leaf is not float32
 * @example const g = grad(mean(square(sub(predict(params, x), y))), params);
 */
export function grad<X extends TensorTree>(loss: Tensor, wrt: X): MapTree<X, Tensor, Tensor> {
  return gradAs("grad", loss, wrt);
}

/** `grad` as part of another transformation, which its errors name. */
export function gradAs<X extends TensorTree>(
  where: string,
  loss: Tensor,
  wrt: X,
): MapTree<X, Tensor, Tensor> {
  if (sizeOf(loss.shape) !== 1 || loss.dtype !== "float32")
    throw misfit(where, "a loss with one float32 element", kindOf(loss));
  return pullBack(where, [[loss, ones(loss.shape)]], wrt);
}

/**
 * The vector-Jacobian product `sum_i (d output_i / d leaf)^T cotangent_i` for every leaf of `wrt`: reverse mode with
 * any number of outputs of any shape.
 *
 * @param cotangents one float32 tensor of the same shape for every leaf of `outputs`, in the same nesting
 * @throws SHAPE naming the leaf that has no cotangent, one of another shape, or another dtype than float32
 * @example const { x: g } = vjp(matmul(x, w), { x }, v); // matmul(v, w, { transposeB: true })
 */
export function vjp<Y extends TensorTree, X extends TensorTree>(
  outputs: Y,
  wrt: X,
  cotangents: NoInfer<MapTree<Y, Tensor, Tensor>>,
): MapTree<X, Tensor, Tensor> {
  return pullBack("vjp", pairLeaves("vjp, cotangents", outputs, cotangents), wrt);
}

type Pair = readonly [output: Tensor, cotangent: Tensor];

/** Every leaf of `tree` with the one of `others` at the same path. */
export function pairLeaves(where: string, tree: TensorTree, others: TensorTree): Pair[] {
  const given = new Map(flatten<Tensor>(others));
  return flatten<Tensor>(tree).map(([path, x]) => {
    const other = given.get(path);
    if (other?.dtype === "float32" && x.dtype === "float32" && sameShape(x.shape, other.shape))
      return [x, other];
    const expected = x.dtype === "float32" ? kindOf(x) : "a float32 leaf to pair with";
    const got = x.dtype === "float32" ? (other ? kindOf(other) : "nothing") : kindOf(x);
    throw misfit(`${where}${path === "" ? "" : `, leaf "${path}"`}`, expected, got);
  });
}

function pullBack<X extends TensorTree>(
  where: string,
  seeds: readonly Pair[],
  wrt: X,
): MapTree<X, Tensor, Tensor> {
  for (const [path, leaf] of flatten<Tensor>(wrt))
    if (leaf.dtype !== "float32") throw misfit(`${where}, leaf "${path}"`, "float32", kindOf(leaf));
  const cotangents = accumulate(seeds, new Set(leavesOf(wrt)));
  return mapTree<X, Tensor, Tensor>(wrt, (leaf) => cotangents.get(leaf) ?? zeros(leaf.shape));
}

function accumulate(seeds: readonly Pair[], wrt: ReadonlySet<Tensor>): Map<Tensor, Tensor> {
  const roots = seeds.map(([output]) => output);
  const { order, found: relevant } = dependents(roots, wrt);
  const cotangents = new Map<Tensor, Tensor>();
  const give = (x: Tensor, part: Tensor): void => {
    const sofar = cotangents.get(x);
    cotangents.set(x, sofar === undefined ? part : addCotangents(sofar, part));
  };
  for (const [output, cotangent] of seeds) give(output, cotangent);
  for (const node of order.reverse()) {
    const cotangent = cotangents.get(node);
    const wanted = node.inputs.map((x) => relevant.has(x));
    if (cotangent === undefined || !wanted.includes(true)) continue;
    node.op.vjp(node, cotangent, wanted).forEach((part, i) => {
      if (part !== undefined && wanted[i]) give(node.inputs[i]!, part);
    });
  }
  return cotangents;
}

/**
 * The nodes whose value depends on one of `leaves`, and in `order` all that had to be looked at. Ids grow, so nothing
 * older than the oldest leaf can depend on it: the gradient of one inner step does not walk the steps before.
 */
export function dependents(
  roots: readonly Tensor[],
  leaves: ReadonlySet<Tensor>,
): { readonly order: Tensor[]; readonly found: ReadonlySet<Tensor> } {
  let oldest = Number.POSITIVE_INFINITY;
  for (const leaf of leaves) oldest = Math.min(oldest, leaf.id);
  const order = topological(roots, oldest);
  const found = new Set<Tensor>();
  for (const node of order) if (leaves.has(node) || node.inputs.some((x) => found.has(x))) found.add(node);
  return { order, found };
}

const kindOf = (x: Tensor): string => `${x.dtype}${formatShape(x.shape)}`;

function misfit(where: string, expected: string, got: string): ForetasteError {
  return new ForetasteError("SHAPE", { where, expected, got });
}
