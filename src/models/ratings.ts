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
  maximum,
  minimum,
  mul,
  neg,
  ones,
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

/** Sizes of a ratings head. */
export interface RatingsShape {
  /** Length of the collaborative factors. */
  readonly factorSize: number;
  /** Length of the learned content embedding. */
  readonly contentSize: number;
  /** Distinct values an event can have. */
  readonly levels: number;
}

/** Length of a taste: factors, content, a constant (how high somebody rates), the item's level. */
export function tasteSize({ factorSize, contentSize }: RatingsShape): number {
  return factorSize + contentSize + 2;
}

/** What the ratings head learns besides its embeddings, as shapes. */
export function ratingsShapes(shape: RatingsShape): RatingsParams<readonly number[]> {
  const d = tasteSize(shape);
  return {
    taste: { mean: [d], logVariance: [d] },
    item: { cold: [shape.factorSize, shape.factorSize], warmGain: [], coldGain: [] },
    noise: { base: [], cold: [], rare: [] },
    threshold: { at: [shape.levels - 1] },
  };
}

export interface RatingsParams<T> {
  readonly [key: string]: { readonly [key: string]: T };
  readonly taste: { readonly mean: T; readonly logVariance: T };
  readonly item: { readonly cold: T; readonly warmGain: T; readonly coldGain: T };
  readonly noise: { readonly base: T; readonly cold: T; readonly rare: T };
  readonly threshold: { readonly at: T };
}

/** Items as they stand in the rows of a batch. Leading axes `...` are batches. */
export interface RatedItems {
  /** Learned embedding of the content; the last column is a bias. `[..., contentSize + 1]` */
  readonly content: Tensor;
  /** Collaborative factors. `[..., factorSize]` */
  readonly factors: Tensor;
  /** What content says they are. `[..., factorSize]` */
  readonly predicted: Tensor;
  /** 1 where the item is known from events, 0 for a cold one. `[...]` */
  readonly keep: Tensor;
  /** Level of the item, in standard deviations: its own, or what content says of it. `[...]` */
  readonly level: Tensor;
  /** Events the level rests on. `[...]` */
  readonly count: Tensor;
  /** How unsure content is of the level. `[...]` */
  readonly spread: Tensor;
}

export interface RatedFeatures {
  /** `[..., d]` */
  readonly phi: Tensor;
  /** What everybody thinks of the item. `[...]` */
  readonly bias: Tensor;
  /** Variance of a single rating around the taste's prediction. `[...]` */
  readonly noise: Tensor;
}

/** A cold item's rating is more uncertain, a rarely rated one's a little: `s^2 = e^a + cold v e^b + warm e^c / (count + 4)`. */
export function ratedFeatures(params: RatingsParams<Tensor>, items: RatedItems): RatedFeatures {
  const { keep, level, content } = items;
  const cold = sub(1, keep);
  const last = content.shape.length - 1;
  const width = content.shape[last]! - 1;
  const predicted = mul(matmul(items.predicted, params.item.cold), unsqueeze(cold, -1));
  const factors = add(mul(items.factors, unsqueeze(keep, -1)), predicted);
  const phi = concat(
    [factors, slice(content, last, 0, width), ones([...keep.shape, 1]), unsqueeze(level, -1)],
    last,
  );
  const gain = add(mul(keep, params.item.warmGain), mul(cold, params.item.coldGain));
  const bias = add(squeeze(slice(content, last, width, width + 1), last), mul(level, gain));
  const rare = mul(keep, div(exp(params.noise.rare), add(items.count, 4)));
  const unsure = mul(mul(cold, items.spread), exp(params.noise.cold));
  return { phi, bias, noise: add(add(rare, unsure), exp(params.noise.base)) };
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

/** Predictive distribution of a rating before rounding, in standard deviations. `[..., q]` each */
export interface Predictive {
  readonly mean: Tensor;
  readonly variance: Tensor;
}

export function predictRatings(
  posterior: Pick<Posterior, "mean" | "covariance">,
  { phi, bias, noise }: RatedFeatures,
): Predictive {
  const spread = matmul(phi, posterior.covariance);
  return { mean: add(matvec(phi, posterior.mean), bias), variance: add(dot(spread, phi), noise) };
}

/** Stands for infinity in the thresholds; far beyond any standardised rating. */
const FAR = 1e4;

/** `P(value <= level c)` for the thresholds around the given levels: a logistic stands for the normal (McCullagh 1980). */
function cumulative({ mean, variance }: Predictive, threshold: Tensor): Tensor {
  const deviation = sqrt(maximum(variance, 0.04));
  return sigmoid(mul(div(sub(threshold, mean), deviation), 1.702));
}

function paddedThresholds(params: RatingsParams<Tensor>): Tensor {
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

/** What one meta-training step of the ratings head is fed. `b` people, `s` support and `q` query slots, `u` items. */
export interface RatingsBatch {
  /** Distinct items of the batch. `[u, contentSize + 1]`, `[u, factorSize]` twice */
  readonly content: Tensor;
  readonly factors: Tensor;
  readonly predicted: Tensor;
  /** What the people's own attributes say of their taste. `[b, d]` */
  readonly person: Tensor;
  /** Support slots first, then query slots: rows of `content`. int32 `[b, s + q]` */
  readonly rows: Tensor;
  readonly keep: Tensor;
  readonly level: Tensor;
  readonly count: Tensor;
  readonly spread: Tensor;
  /** In standard deviations, and as the position among the levels (int32). `[b, s + q]` */
  readonly value: Tensor;
  readonly rank: Tensor;
  /** 1 for an event, 0 for padding. `[b, s + q]` */
  readonly mask: Tensor;
}

/** Cumulative probability just below and at each query value. `[b, q]` each */
interface Judged {
  readonly below: Tensor;
  readonly upTo: Tensor;
  readonly mask: Tensor;
}

/** Adapts everybody of a batch to their support and asks about their query. */
function judge(params: RatingsParams<Tensor>, batch: RatingsBatch, shots: number): Judged {
  const slots = batch.rows.shape[1]!;
  const row = (table: Tensor): Tensor => gather(table, batch.rows);
  const items = {
    ...batch,
    content: row(batch.content),
    factors: row(batch.factors),
    predicted: row(batch.predicted),
  };
  const features = ratedFeatures(params, items);
  const cut = (from: number, to: number): RatedFeatures => ({
    phi: slice(features.phi, 1, from, to),
    bias: slice(features.bias, 1, from, to),
    noise: slice(features.noise, 1, from, to),
  });
  const support = {
    ...cut(0, shots),
    value: slice(batch.value, 1, 0, shots),
    mask: slice(batch.mask, 1, 0, shots),
  };
  const predictive = predictRatings(ratingsPosterior(params, batch.person, support), cut(shots, slots));
  const all = paddedThresholds(params);
  const rank = slice(batch.rank, 1, shots, slots);
  return {
    below: cumulative(predictive, gather(all, rank)),
    upTo: cumulative(predictive, gather(slice(all, 0, 1, all.shape[0]!), rank)),
    mask: slice(batch.mask, 1, shots, slots),
  };
}

/** Mean over query events of `-log P(value)`, one a person. `[b]` */
export function ratingsLoss(params: RatingsParams<Tensor>, batch: RatingsBatch, shots: number): Tensor {
  const { below, upTo, mask } = judge(params, batch, shots);
  const surprise = neg(log(add(sub(upTo, below), 1e-6)));
  return div(sum(mul(surprise, mask), 1), add(sum(mask, 1), 1e-9));
}

/**
 * How far each query value lies from the nearer end of its predicted distribution, as a probability: half of its own and
 * all beyond it. The central interval that leaves out `tail` at either end holds the values of depth `tail` and more.
 * `[b, q]`, 0 to 1/2
 */
export function ratingsDepth(params: RatingsParams<Tensor>, batch: RatingsBatch, shots: number): Tensor {
  const { below, upTo } = judge(params, batch, shots);
  const middle = mul(add(below, upTo), 0.5);
  return minimum(middle, sub(1, middle));
}
