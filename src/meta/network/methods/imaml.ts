import type { Params } from "../../../models/model.ts";
import { add, flatten, grad, implicit, mul, square, sub, sum, type Tensor } from "../../../tensor/index.ts";
import type { Method } from "../method.ts";
import { everything, fastScore, gradientMethod, lossAt, startOf, stepDown } from "./gradient.ts";

/** Products with the Hessian that its inverse may cost. */
const ITERATIONS = 5;

/**
 * iMAML (Rajeswaran et al. 2019, eq. 3 and alg. 1-2; the proximal form of Zhou et al. 2019): adaptation minimises
 * `L_S(w) + proximity / 2 |w - prior|^2` by the inner steps, and the prior learns through the minimum by the implicit
 * function theorem, whatever the steps were.
 */
export const imaml: Method = {
  ...gradientMethod("imaml", "iMAML", everything),
  shapes: () => ({}),
  adapt(world, prior, task) {
    const { proximity, innerLearningRate } = world.config;
    const start = startOf(world, prior, task, everything);
    const loss = lossAt(world, prior, task);
    const near = (w: Params<Tensor>): Tensor => add(loss(w), mul(proximity / 2, distance(w, start)));
    const still = { ...world, config: { ...world.config, order: 1 } } as const;
    const found = stepDown(still, near, start, innerLearningRate);
    return implicit(found, (w) => grad(near(w), w), { iterations: ITERATIONS });
  },
  score: fastScore,
};

/** `sum of squares of w - start` over all leaves. */
function distance(w: Params<Tensor>, start: Params<Tensor>): Tensor {
  const from = new Map(flatten<Tensor>(start));
  const parts = flatten<Tensor>(w).map(([path, leaf]) => sum(square(sub(leaf, from.get(path) as Tensor))));
  return parts.reduce((a, b) => add(a, b));
}
