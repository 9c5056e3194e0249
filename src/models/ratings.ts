import {
  add,
  concat,
  constant,
  div,
  dot,
  exp,
  gather,
  log,
  matmul,
  matvec,
  mul,
  neg,
  ones,
  slice,
  square,
  squeeze,
  sub,
  sum,
  type Tensor,
  unsqueeze,
} from "../tensor/index.ts";
import { gaussianPosterior, type Posterior } from "./posterior.ts";

/** Features of an item beyond its embedding: a constant (how high somebody rates) and the item's level. */
const EXTRA = 2;

/** Length of a taste: the embedding, then the constant, then the item's level. */
export function tasteSize(embeddingSize: number): number {
  return embeddingSize + EXTRA;
}

/** What the ratings head learns besides its embeddings, as shapes. */
export function ratingsShapes(embeddingSize: number): RatingsParams<readonly number[]> {
  const d = tasteSize(embeddingSize);
  return {
    taste: { mean: [d], logVariance: [d] },
    level: { gain: [] },
    noise: { base: [], cold: [], rare: [] },
  };
}

export interface RatingsParams<T> {
  readonly [key: string]: { readonly [key: string]: T };
  readonly taste: { readonly mean: T; readonly logVariance: T };
  readonly level: { readonly gain: T };
  readonly noise: { readonly base: T; readonly cold: T; readonly rare: T };
}

/** Items as they stand in the rows of a batch. Leading axes `...` are batches. */
export interface RatedItems {
  /** Pooled content; the last column is a bias. `[..., embeddingSize + 1]` */
  readonly content: Tensor;
  /** ID embedding; the last column is a bias. `[..., embeddingSize + 1]` */
  readonly id: Tensor;
  /** 1 where the ID embedding and the level are used, 0 for a cold item. `[...]` */
  readonly keep: Tensor;
  /** Shrunken mean of the item, in standard deviations. `[...]` */
  readonly level: Tensor;
  /** Events the level rests on. `[...]` */
  readonly count: Tensor;
}

export interface RatedFeatures {
  /** `[..., d]` */
  readonly phi: Tensor;
  /** What everybody thinks of the item. `[...]` */
  readonly bias: Tensor;
  /** Variance of a single rating around the taste's prediction. `[...]` */
  readonly noise: Tensor;
}

/** A cold item's rating is more uncertain, a rarely rated one's a little: `s^2 = e^a + cold e^b + warm e^c / (count + 3)`. */
export function ratedFeatures(params: RatingsParams<Tensor>, items: RatedItems): RatedFeatures {
  const { keep, level, count } = items;
  const both = add(items.content, mul(items.id, unsqueeze(keep, -1)));
  const axis = both.shape.length - 1;
  const d = both.shape[axis]! - 1;
  const known = mul(level, keep);
  const phi = concat([slice(both, axis, 0, d), ones([...known.shape, 1]), unsqueeze(known, -1)], axis);
  const bias = add(squeeze(slice(both, axis, d, d + 1), axis), mul(known, params.level.gain));
  const rare = mul(keep, div(exp(params.noise.rare), add(count, 3)));
  const noise = add(add(rare, mul(sub(1, keep), exp(params.noise.cold))), exp(params.noise.base));
  return { phi, bias, noise };
}

/** Support events: features of the items, values in standard deviations, 1 or 0 for padding. */
export interface RatedSupport extends RatedFeatures {
  /** `[..., s]` */
  readonly value: Tensor;
  /** `[..., s]` */
  readonly mask: Tensor;
}

/**
 * Somebody's taste after their support. `person [..., d]` shifts the prior mean by what their own attributes say.
 * Bayesian linear regression with a noise per event (Harrison et al. 2018, eq. 5-8).
 */
export function ratingsPosterior(
  params: RatingsParams<Tensor>,
  person: Tensor,
  support: RatedSupport,
): Posterior {
  const precision = exp(neg(params.taste.logVariance));
  const d = precision.shape[0]!;
  const identity = constant(
    Float32Array.from({ length: d * d }, (_, i) => Number(i % (d + 1) === 0)),
    [d, d],
  );
  return gaussianPosterior({
    precision: mul(identity, precision),
    potential: mul(add(params.taste.mean, person), precision),
    phi: support.phi,
    confidence: div(support.mask, support.noise),
    target: sub(support.value, support.bias),
  });
}

/** Predictive mean and variance of ratings, in standard deviations. `[..., q, d] -> [..., q]` */
export function predictRatings(
  posterior: Pick<Posterior, "mean" | "covariance">,
  { phi, bias, noise }: RatedFeatures,
): { mean: Tensor; variance: Tensor } {
  const spread = matmul(phi, posterior.covariance);
  return { mean: add(matvec(phi, posterior.mean), bias), variance: add(dot(spread, phi), noise) };
}

/** What one meta-training step of the ratings head is fed. `b` people, `s` support and `q` query slots, `u` items. */
export interface RatingsBatch {
  /** Distinct items of the batch. `[u, embeddingSize + 1]` each */
  readonly content: Tensor;
  readonly id: Tensor;
  /** What the people's own attributes say of their taste. `[b, d]` */
  readonly person: Tensor;
  /** Support slots first, then query slots: rows of `content`. int32 `[b, s + q]` */
  readonly rows: Tensor;
  readonly keep: Tensor;
  readonly level: Tensor;
  readonly count: Tensor;
  readonly value: Tensor;
  /** 1 for an event, 0 for padding. `[b, s + q]` */
  readonly mask: Tensor;
}

/** Mean over query events of the negative log-likelihood `(y - m)^2 / 2v + log(v) / 2`, one a person. `[b]` */
export function ratingsLoss(params: RatingsParams<Tensor>, batch: RatingsBatch, shots: number): Tensor {
  const slots = batch.rows.shape[1]!;
  const items = { ...batch, content: gather(batch.content, batch.rows), id: gather(batch.id, batch.rows) };
  const features = ratedFeatures(params, items);
  const part = (x: Tensor, from: number, to: number): Tensor => slice(x, 1, from, to);
  const cut = (from: number, to: number): RatedFeatures => ({
    phi: part(features.phi, from, to),
    bias: part(features.bias, from, to),
    noise: part(features.noise, from, to),
  });
  const support = { ...cut(0, shots), value: part(batch.value, 0, shots), mask: part(batch.mask, 0, shots) };
  const { mean, variance } = predictRatings(
    ratingsPosterior(params, batch.person, support),
    cut(shots, slots),
  );
  const error = square(sub(part(batch.value, shots, slots), mean));
  const likelihood = mul(add(div(error, variance), log(variance)), 0.5);
  const mask = part(batch.mask, shots, slots);
  return div(sum(mul(likelihood, mask), 1), add(sum(mask, 1), 1e-9));
}
