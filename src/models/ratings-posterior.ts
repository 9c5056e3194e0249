import {
  add,
  concat,
  constant,
  div,
  dot,
  exp,
  matmul,
  matvec,
  maximum,
  mul,
  neg,
  sigmoid,
  slice,
  sqrt,
  squeeze,
  sub,
  sum,
  type Tensor,
  unsqueeze,
} from "../tensor/index.ts";
import { gaussianPosterior, type Posterior } from "./posterior.ts";
import type { RatedFeatures, RatingsParams } from "./ratings.ts";

/** Support events: features of the items, values in standard deviations, 1 or 0 for padding. */
export interface RatedSupport extends RatedFeatures {
  /** `[..., s]` */
  readonly value: Tensor;
  /** `[..., s]` */
  readonly mask: Tensor;
  /** What the presence of the items says. `[..., s, presenceSize]` */
  readonly presence: Tensor;
  /** 1 where the item is known from events. `[..., s]` */
  readonly keep: Tensor;
}

/**
 * What the choice of items says of a taste, whatever values they were given (Koren 2008, eq. 15): a linear map of the mean
 * presence of the known items, `sum_j p_j / (n + 3 e^gate)`. `[..., d]`
 */
function chosenShift({ chosen }: RatingsParams<Tensor>, { presence, keep, mask }: RatedSupport): Tensor {
  const known = mul(mask, keep);
  const pooled = matmul(unsqueeze(known, -2), presence);
  const events = sum(known, mask.shape.length - 1, true);
  const mean = div(pooled, unsqueeze(add(events, mul(exp(chosen.gate), 3)), -1));
  return squeeze(matmul(mean, chosen.shift), -2);
}

/** A taste after a support, and how much larger or smaller the person's deviations are than everybody's. */
export interface RatingsPosterior extends Posterior {
  /** Factor of every variance. `[..., 1]` */
  readonly scale: Tensor;
  /** What the taste leaves of the value of each event. `[..., s]` */
  readonly left: Tensor;
}

/**
 * Somebody's taste after their support. `person [..., d]` shifts the prior mean by what their own attributes say, the
 * choice of the support's items does too. Bayesian linear regression with a noise per event (Harrison et al. 2018, eq.
 * 5-8) whose common scale has an inverse-gamma prior: `scale = (v + r^T K^-1 r) / (v + n)`, `r` being what the prior did
 * not expect and `K` its covariance (Shah et al. 2014, Student-t processes, lemma 3). The covariance comes scaled.
 */
export function ratingsPosterior(
  params: RatingsParams<Tensor>,
  person: Tensor,
  support: RatedSupport,
): RatingsPosterior {
  const precision = exp(neg(params.taste.logVariance));
  const d = precision.shape[0]!;
  const identity = constant(
    Float32Array.from({ length: d * d }, (_, i) => Number(i % (d + 1) === 0)),
    [d, d],
  );
  const mean = add(add(params.taste.mean, person), chosenShift(params, support));
  const confidence = div(support.mask, support.noise);
  const target = sub(support.value, support.bias);
  const found = gaussianPosterior({
    precision: mul(identity, precision),
    potential: mul(mean, precision),
    phi: support.phi,
    confidence,
    target,
  });
  const unexpected = sub(target, matvec(support.phi, mean));
  const weighted = mul(confidence, unexpected);
  // r^T K^-1 r = sum_j c_j r_j (r_j - what the posterior changed of its prediction)
  const left = sub(unexpected, matvec(support.phi, sub(found.mean, mean)));
  const axis = weighted.shape.length - 1;
  const freedom = exp(params.noise.freedom);
  const total = (x: Tensor): Tensor => sum(x, axis, true);
  const scale = div(add(total(mul(weighted, left)), freedom), add(total(support.mask), freedom));
  return {
    ...found,
    covariance: mul(found.covariance, unsqueeze(scale, -1)),
    scale,
    left: mul(left, support.mask),
  };
}

/** Pulls what neighbours say towards nothing, as so much weight of neighbours that do not stray. */
export const NEAR_RIDGE = 1;

/**
 * What the straying of the support, beside levels and tastes, says of other items: the weighted mean over neighbours,
 * `sum_j w_ij r_j / (sum_j w_ij + 1)`. `[..., q, s], [..., s] -> [..., q]`
 */
export function shiftByNeighbours(slopes: Tensor, left: Tensor): Tensor {
  const axis = slopes.shape.length - 1;
  return div(matvec(slopes, left), add(sum(slopes, axis), NEAR_RIDGE));
}

/** Predictive distribution of a rating before rounding, in standard deviations. `[..., q]` each */
export interface Predictive {
  readonly mean: Tensor;
  readonly variance: Tensor;
}

export function predictRatings(
  posterior: Pick<RatingsPosterior, "mean" | "covariance" | "scale">,
  { phi, bias, noise }: RatedFeatures,
): Predictive {
  const spread = matmul(phi, posterior.covariance);
  return {
    mean: add(matvec(phi, posterior.mean), bias),
    variance: add(dot(spread, phi), mul(noise, posterior.scale)),
  };
}

/** Stands for infinity in the thresholds; far beyond any standardised rating. */
const FAR = 1e4;

/** `P(value <= level c)` for the thresholds around the given levels: a logistic stands for the normal (McCullagh 1980). */
export function cumulative({ mean, variance }: Predictive, threshold: Tensor): Tensor {
  const deviation = sqrt(maximum(variance, 0.04));
  return sigmoid(mul(div(sub(threshold, mean), deviation), 1.702));
}

export function paddedThresholds(params: RatingsParams<Tensor>): Tensor {
  return concat([constant([-FAR]), params.threshold.at, constant([FAR])]);
}

/** Probability of each value. `[..., q] -> [..., q, levels]` */
export function levelProbabilities(params: RatingsParams<Tensor>, predictive: Predictive): Tensor {
  const all = paddedThresholds(params);
  const levels = all.shape[0]! - 1;
  const wide = { mean: unsqueeze(predictive.mean, -1), variance: unsqueeze(predictive.variance, -1) };
  const at = cumulative(wide, all);
  const axis = at.shape.length - 1;
  return sub(slice(at, axis, 1, levels + 1), slice(at, axis, 0, levels));
}
