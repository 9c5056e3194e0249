import { mul, stopGradient, sub, type Tensor } from "../../tensor/index.ts";

/**
 * Gradient reversal (Ganin et al. 2016, eq. 16-17): the value is `x`, the derivative `-strength`. So whoever learns to
 * tell domains apart on the far side teaches the features on the near side to hide them.
 *
 * `R(x) = stop((1 + strength) x) - strength x`. Any shape.
 */
export function reverseGradient(x: Tensor, strength = 1): Tensor {
  return sub(stopGradient(mul(x, 1 + strength)), mul(x, strength));
}
