import { leavesOf, pairLeaves, type TensorTree } from "../grad.ts";
import { neg } from "../ops/elementwise.ts";
import { stopGradient } from "../ops/reduce.ts";
import type { Tensor } from "../tensor.ts";
import { type MapTree, mapTree } from "../tree.ts";
import { pull } from "./checkpoint.ts";
import { retrace, type Traced, traced } from "./closure.ts";
import { custom } from "./custom.ts";
import { identity } from "./marker.ts";
import { withLeaves } from "./products.ts";
import { filled, type SolveOptions, solveSymmetric } from "./solve.ts";

/**
 * A solution `x*` of `g(x*, theta) = 0`, found by any means, with its derivative by the implicit function theorem:
 * `dx* = -(dg/dx)^-1 (dg/dtheta) dtheta`. What the solver did is not differentiated and need not be kept, so memory
 * does not grow with its steps. This is the meta-gradient of iMAML (Rajeswaran et al. 2019, eq. 6 and alg. 2).
 *
 * `theta` is whatever `optimality` reads besides its argument; it need not be named. `dg/dx` must be symmetric positive
 * definite, as the Hessian of a strict minimum is. Differentiating again is right to any order where `g(x*) = 0`; an
 * `x*` that misses it by `e` has a derivative that is wrong by the order of `e`.
 *
 * @param solution a tensor or a tree of tensors; its own derivative is dropped
 * @param optimality the residual `g`, in the nesting and shapes of its argument; for a minimum the gradient
 * @returns tensors equal to `solution`
 * @throws SHAPE naming the leaf where the residual does not fit the solution
 * @example
 * const fast = gradientDescent(inner, prior); // (w) => loss(w) + lambda / 2 |w - prior|^2
 * const adapted = implicit(fast, (w) => valueAndGrad(inner, w)[1], { iterations: 5 });
 */
export function implicit<X extends TensorTree>(
  solution: X,
  optimality: (x: MapTree<X, Tensor, Tensor>) => TensorTree,
  options: SolveOptions = {},
): MapTree<X, Tensor, Tensor> {
  const leaves = mapTree<X, Tensor, Tensor>(solution, stopGradient);
  const pairs = pairLeaves("implicit, optimality", solution, optimality(leaves));
  const template = traced(
    leavesOf(leaves),
    pairs.map(([, residual]) => residual),
  );
  return withLeaves(solution, withDerivative(template.leaves, template, template.captured, options));
}

function withDerivative(
  values: readonly Tensor[],
  template: Traced,
  theta: readonly Tensor[],
  options: SolveOptions,
): Tensor[] {
  return custom(values, theta, (cotangents, given, outputs) => {
    const x = withDerivative(outputs, template, given, options);
    const fresh = given.map(identity);
    const residual = retrace(template, x, fresh);
    const hessian = (u: readonly Tensor[]): Tensor[] => filled(pull(residual, x, u), x);
    const u = solveSymmetric(hessian, filled(cotangents, x), options);
    return pull(residual, fresh, u.map(neg));
  });
}
