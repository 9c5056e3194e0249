import {
  add,
  div,
  greater,
  log,
  logSumExp,
  maximum,
  mul,
  softplus,
  square,
  sub,
  sum,
  type Tensor,
  unsqueeze,
  where,
} from "../tensor/index.ts";
import type { Events } from "./model.ts";

/**
 * Loss of the events of one task. Each counts by its weight, `mask`, and nothing where that is 0; the sum is divided by
 * the weights plus `shrinkage`, so that few events make a small loss.
 */
export type Loss = (score: Tensor, events: Pick<Events, "value" | "mask">, shrinkage?: number) => Tensor;

/** `sum w (score - value)^2 / (sum w + shrinkage)` */
const squared: Loss = (score, { value, mask }, shrinkage = 0) =>
  shared(mul(square(sub(score, value)), mask), mask, shrinkage);

/** Scores are log-odds: `sum w (log(1 + e^s) - y s) / (sum w + shrinkage)`, the binary cross-entropy. */
const crossEntropy: Loss = (score, { value, mask }, shrinkage = 0) =>
  shared(mul(sub(softplus(score), mul(value, score)), mask), mask, shrinkage);

/**
 * Each positive against all negatives of the task: `-log(e^p / (e^p + sum over negatives of w e^n))`, over the weights of
 * the positives (the sampled softmax of Bengio and Senecal 2008, without correction for how negatives were drawn). An
 * event with a value between 0 and 1 is both in part. 0 without negatives.
 */
const softmax: Loss = (score, events, shrinkage = 0) => {
  const { positive, negative } = sides(events);
  const real = greater(negative, 0);
  const others = logSumExp(where(real, add(score, log(where(real, negative, 1))), -1e9));
  return shared(mul(softplus(sub(others, score)), positive), positive, shrinkage);
};

/**
 * Bayesian personalised ranking (Rendle et al. 2009, eq. 4): `log(1 + e^(n - p))` for each positive, averaged over the
 * task's negatives by their weights, over the weights of the positives. 0 without negatives.
 */
const bpr: Loss = (score, events, shrinkage = 0) => {
  const { positive, negative } = sides(events);
  const pairs = softplus(sub(unsqueeze(score, 0), unsqueeze(score, 1)));
  const share = div(negative, maximum(sum(negative), 1e-9));
  return shared(mul(sum(mul(pairs, share), 1), positive), positive, shrinkage);
};

/** Losses by the name they have in a config. */
export const losses: Readonly<Record<"squared" | "cross-entropy" | "softmax" | "bpr", Loss>> = {
  squared,
  "cross-entropy": crossEntropy,
  softmax,
  bpr,
};

/** Weights as positives and as negatives. */
function sides({ value, mask }: Pick<Events, "value" | "mask">): { positive: Tensor; negative: Tensor } {
  const positive = mul(mask, value);
  return { positive, negative: sub(mask, positive) };
}

/** Never divides by zero. */
function shared(terms: Tensor, weights: Tensor, shrinkage: number): Tensor {
  return div(sum(terms), add(sum(weights), Math.max(shrinkage, 1e-9)));
}
