import { flatten } from "../tensor/tree.ts";
import { type Arrays, zerosLike, zip } from "./arrays.ts";
import { type Stateless, stateless, type Transform } from "./transform.ts";

/** What Adagrad's sums start at and how their roots are kept from zero. */
export interface AdagradSums {
  /** What every sum of squares starts at; 0 by default. */
  readonly initial?: number;
  /** Added to the root of the sum; 1e-10 by default. */
  readonly epsilon?: number;
}

/**
 * The direction of Adagrad, `g / (sqrt(s) + epsilon)` with `s` the sum of all squares so far (Duchi et al. 2011, eq. 1,
 * diagonal), not yet times a learning rate.
 *
 * @example chain(scaleByAdagrad(), scaleByLearningRate(0.5))
 */
export function scaleByAdagrad(options: AdagradSums = {}): Transform<{ readonly sums: Arrays }> {
  const { initial = 0, epsilon = 1e-10 } = options;
  return {
    init: (params) => {
      const sums = zerosLike(params);
      for (const [, leaf] of flatten<Float32Array>(sums)) leaf.fill(initial);
      return { sums };
    },
    update(grads, state) {
      const sums = zip(grads, state.sums, (g, s) => s.map((x, i) => x + g[i]! * g[i]!));
      return [zip(grads, sums, (g, s) => g.map((x, i) => x / (Math.sqrt(s[i]!) + epsilon))), { sums }];
    },
  };
}

/**
 * Gives the update of every leaf, taken as a layer, the norm of its parameters: `u |p| / |u|`. A leaf whose parameters
 * or update are all zero keeps its update (You et al. 2020, alg. 2, with `phi` the identity).
 *
 * @example chain(scaleByAdam(), scaleByTrustRatio(), scaleByLearningRate(0.01)) // LAMB without decay
 */
export function scaleByTrustRatio(): Transform<Stateless> {
  return stateless((updates, params) =>
    zip(updates, params, (u, p) => {
      const [length, size] = [norm(u), norm(p)];
      const ratio = length > 0 && size > 0 ? size / length : 1;
      return u.map((x) => x * ratio);
    }),
  );
}

function norm(x: Float32Array): number {
  let total = 0;
  for (const value of x) total += value * value;
  return Math.sqrt(total);
}
