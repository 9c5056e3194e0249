import {
  add,
  constant,
  div,
  dot,
  exp,
  gather,
  matmul,
  matvec,
  mul,
  neg,
  rsqrt,
  slice,
  softplus,
  sub,
  sum,
  type Tensor,
} from "../tensor/index.ts";
import { type LogisticOptions, logisticPosterior } from "./logistic.ts";
import type { Posterior } from "./posterior.ts";
import { type RatedFeatures, type RatingsParams, ratedFeatures } from "./ratings.ts";
import { type RatingsBatch } from "./ratings-loss.ts";

/** Support answers: features of the items, 1 for yes and 0 for no, the weight of each (0 for padding). `[..., s]` */
export interface ClickSupport extends RatedFeatures {
  readonly liked: Tensor;
  readonly mask: Tensor;
}

/** Somebody's taste after their support. `person [..., d]` shifts the prior mean. */
export function clicksPosterior(
  params: RatingsParams<Tensor>,
  person: Tensor,
  support: ClickSupport,
  options: LogisticOptions,
): Posterior {
  const variance = exp(params.taste.logVariance);
  const d = variance.shape[0]!;
  const identity = constant(
    Float32Array.from({ length: d * d }, (_, i) => Number(i % (d + 1) === 0)),
    [d, d],
  );
  const mean = add(params.taste.mean, person);
  const precision = exp(neg(params.taste.logVariance));
  return logisticPosterior(
    {
      ...support,
      precision: mul(identity, precision),
      potential: mul(mean, precision),
      mean,
      covariance: mul(identity, variance),
    },
    options,
  );
}

/** Log-odds of liking with what is not known of them folded in. `[..., q]` each */
export interface PredictedOdds {
  /** `phi . mean + bias`: a sum over the support's answers. */
  readonly mean: Tensor;
  /** `1 / sqrt(1 + pi/8 variance)`: the sigmoid of `mean` times it is the probability (MacKay 1992, eq. 11). */
  readonly moderation: Tensor;
}

export function predictOdds(
  posterior: Pick<Posterior, "mean" | "covariance">,
  { phi, bias, noise }: RatedFeatures,
): PredictedOdds {
  const mean = add(matvec(phi, posterior.mean), bias);
  const variance = add(dot(matmul(phi, posterior.covariance), phi), noise);
  return { mean, moderation: rsqrt(add(mul(variance, Math.PI / 8), 1)) };
}

export interface ClicksOptions extends LogisticOptions {
  readonly shots: number;
  /** 1 for the values that are likes, by their position among the levels. `[levels]` */
  readonly likes: Float32Array;
}

/** Mean over query events of `-log P(liked or not)`, one a person. `[b]` */
export function clicksLoss(
  params: RatingsParams<Tensor>,
  batch: RatingsBatch,
  { shots, likes, ...options }: ClicksOptions,
): Tensor {
  const slots = batch.rows.shape[1]!;
  const row = (table: Tensor): Tensor => gather(table, batch.rows);
  const features = ratedFeatures(params, {
    ...batch,
    content: row(batch.content),
    factors: row(batch.factors),
    predicted: row(batch.predicted),
  });
  const answers = { liked: gather(constant(likes), batch.rank), mask: batch.mask };
  const cut = (from: number, to: number): ClickSupport => ({
    phi: slice(features.phi, 1, from, to),
    bias: slice(features.bias, 1, from, to),
    noise: slice(features.noise, 1, from, to),
    liked: slice(answers.liked, 1, from, to),
    mask: slice(answers.mask, 1, from, to),
  });
  const posterior = clicksPosterior(params, batch.person, cut(0, shots), options);
  const query = cut(shots, slots);
  const odds = predictOdds(posterior, query);
  const moderated = mul(odds.mean, odds.moderation);
  const surprise = sub(softplus(moderated), mul(query.liked, moderated));
  return div(sum(mul(surprise, query.mask), 1), add(sum(query.mask, 1), 1e-9));
}
