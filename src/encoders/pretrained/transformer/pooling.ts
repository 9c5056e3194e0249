import type { Tensor } from "../../../tensor/index.ts";
import * as t from "../../../tensor/index.ts";
import type { Pooling } from "./config.ts";

/**
 * One vector a text of those of its tokens. `x [n, length, width], mask [n, length] -> [n, width]`
 *
 * `mean` of the tokens, `meanSqrt` their sum over the root of their number, `weighted` by their place (later ones count
 * more; Muennighoff 2022), `cls` the first, `last` the last, `max` the largest number of each coordinate.
 */
export function poolTokens(pooling: Pooling, x: Tensor, mask: Tensor): Tensor {
  if (pooling === "cls") return t.squeeze(t.slice(x, 1, 0, 1), 1);
  if (pooling === "max") return t.max(t.where(t.greater(t.unsqueeze(mask, -1), 0), x, -1e9), 1);
  return t.squeeze(t.matmul(t.unsqueeze(weightsOf(pooling, mask), 1), x), 1);
}

/** How much each token counts. `[n, length]` */
function weightsOf(pooling: Exclude<Pooling, "cls" | "max">, mask: Tensor): Tensor {
  const share = (weights: Tensor): Tensor => t.div(weights, t.maximum(t.sum(weights, -1, true), 1e-9));
  if (pooling === "mean") return share(mask);
  if (pooling === "last") return t.mul(mask, t.sub(1, nextMask(mask)));
  if (pooling === "meanSqrt") return t.div(mask, t.sqrt(t.maximum(t.sum(mask, -1, true), 1e-9)));
  const places = Float32Array.from({ length: mask.shape[1]! }, (_, i) => i + 1);
  return share(t.mul(mask, t.constant(places, [places.length])));
}

/** Whether another token follows; texts begin at the first place. */
function nextMask(mask: Tensor): Tensor {
  return t.pad(t.slice(mask, 1, 1, mask.shape[1]!), [0, 0], [0, 1]);
}

/** Vectors of length one; zero stays zero. `[n, width] -> [n, width]` */
export function normalised(x: Tensor): Tensor {
  const squared = t.sum(t.square(x), -1, true);
  return t.mul(x, t.rsqrt(t.maximum(squared, 1e-24)));
}
