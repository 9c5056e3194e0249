import { gradAs, leavesOf, pairLeaves, type TensorTree, vjp } from "../grad.ts";
import { expand } from "../ops/broadcast.ts";
import { constant } from "../ops/leaf.ts";
import type { Tensor } from "../tensor.ts";
import { type MapTree, mapTree } from "../tree.ts";
import { identity } from "./marker.ts";

/**
 * A scalar function's value at `at` and its gradient with respect to this argument only: where the function also
 * reads the same tensors by other ways (a prior that the inner loop starts from), those uses count as constants of the
 * derivative. Both results can be differentiated further.
 *
 * @returns `[value, gradient]`
 * @throws SHAPE when the value has more than one element
 * @example const [loss, g] = valueAndGrad((w) => mean(square(sub(matmul(x, w), y))), w);
 */
export function valueAndGrad<X extends TensorTree>(
  f: (at: MapTree<X, Tensor, Tensor>) => Tensor,
  at: X,
): [value: Tensor, gradient: MapTree<X, Tensor, Tensor>] {
  const here = mapTree<X, Tensor, Tensor>(at, identity);
  const value = f(here);
  return [value, withLeaves(at, leavesOf(gradAs("valueAndGrad", value, here)))];
}

/**
 * The Jacobian-vector product `sum_j (d output / d leaf_j) tangent_j` for every output: forward mode, by transposing
 * reverse mode. `u -> J^T u` is linear, so its own vector-Jacobian product with `v` is `J v`, whatever the `u`; no
 * operator needs a second rule, and nothing of the first transposition is left in the result (Townsend 2017, "A new
 * trick for calculating Jacobian vector products").
 *
 * @param tangents one float32 tensor of the same shape for every leaf of `wrt`, in the same nesting
 * @returns the nesting and shapes of `outputs`
 * @throws SHAPE naming the leaf that does not fit
 * @example const slope = jvp(sin, x, ones(x.shape));
 */
export function jvp<Y extends TensorTree, X extends TensorTree>(
  outputs: Y,
  wrt: X,
  tangents: NoInfer<MapTree<X, Tensor, Tensor>>,
): MapTree<Y, Tensor, Tensor> {
  pairLeaves("jvp, tangents", wrt, tangents);
  const anything = mapTree<Y, Tensor, Tensor>(outputs, (y) => expand(constant(0), y.shape));
  const transposed = vjp<Y, X>(outputs, wrt, anything as never) as TensorTree;
  return withLeaves(outputs, leavesOf(vjp(transposed, anything, tangents as never)));
}

/**
 * The Hessian-vector product of a scalar, `H v`, without ever forming `H`: `H` is symmetric, so one more
 * reverse pass over the gradient does it (Pearlmutter 1994). Costs a small multiple of the gradient.
 *
 * @param vectors one float32 tensor of the same shape for every leaf of `wrt`, in the same nesting
 * @throws SHAPE when `loss` is no scalar or a leaf does not fit
 * @example const curvature = hvp(loss, params, direction);
 */
export function hvp<X extends TensorTree>(
  loss: Tensor,
  wrt: X,
  vectors: NoInfer<MapTree<X, Tensor, Tensor>>,
): MapTree<X, Tensor, Tensor> {
  pairLeaves("hvp, vectors", wrt, vectors);
  return vjp(gradAs("hvp", loss, wrt) as TensorTree, wrt, vectors as never);
}

/** The tree with its leaves replaced in order. */
export function withLeaves<X>(tree: X, leaves: readonly Tensor[]): MapTree<X, Tensor, Tensor> {
  let at = 0;
  return mapTree<X, Tensor, Tensor>(tree, () => leaves[at++]!);
}
