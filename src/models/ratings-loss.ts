import { add, div, gather, log, mul, neg, slice, square, sub, sum, type Tensor } from "../tensor/index.ts";
import { type RatedFeatures, type RatingsParams, ratedFeatures } from "./ratings.ts";
import {
  cumulative,
  levelProbabilities,
  paddedThresholds,
  predictRatings,
  ratingsPosterior,
  shiftByNeighbours,
} from "./ratings-posterior.ts";

/** What one meta-training step of the ratings head is fed. `b` people, `s` support and `q` query slots, `u` items. */
export interface RatingsBatch {
  /** Distinct items of the batch. `[u, contentSize + 1]`, `[u, factorSize]` twice */
  readonly content: Tensor;
  readonly factors: Tensor;
  readonly predicted: Tensor;
  /** `[u, presenceSize]` */
  readonly presence: Tensor;
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
  /** What a value can be, in standard deviations. `[levels]` */
  readonly levels: Tensor;
}

/** What is said of each query value. `[b, q]` each */
interface Judged {
  /** Cumulative probability just below the value and at it. */
  readonly below: Tensor;
  readonly upTo: Tensor;
  /** By how much the mean of the distribution is above it, in standard deviations. */
  readonly error: Tensor;
  readonly mask: Tensor;
}

/**
 * Adapts everybody of a batch to their support and asks about their query.
 *
 * @param slopes of the query's items on the support's, where neighbours have a say. `[b, q, s]`
 */
function judge(params: RatingsParams<Tensor>, batch: RatingsBatch, shots: number, slopes?: Tensor): Judged {
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
    presence: gather(batch.presence, slice(batch.rows, 1, 0, shots)),
    keep: slice(batch.keep, 1, 0, shots),
  };
  const posterior = ratingsPosterior(params, batch.person, support);
  const asked = cut(shots, slots);
  const bias = slopes === undefined ? asked.bias : add(asked.bias, shiftByNeighbours(slopes, posterior.left));
  const predictive = predictRatings(posterior, { ...asked, bias });
  const expected = sum(mul(levelProbabilities(params, predictive), batch.levels), 2);
  const all = paddedThresholds(params);
  const rank = slice(batch.rank, 1, shots, slots);
  return {
    below: cumulative(predictive, gather(all, rank)),
    upTo: cumulative(predictive, gather(slice(all, 0, 1, all.shape[0]!), rank)),
    error: sub(expected, slice(batch.value, 1, shots, slots)),
    mask: slice(batch.mask, 1, shots, slots),
  };
}

/** What training asks of a distribution. */
export interface RatingsLossOptions {
  readonly shots: number;
  /** Weight of the squared error of its mean, in squared standard deviations, beside its surprise. */
  readonly squaredError: number;
}

/**
 * Mean over query events of `-log P(value) + squaredError (E - value)^2`, one a person. The likelihood alone lets the mean
 * stray where values crowd at an end of the scale. `[b]`
 */
export function ratingsLoss(
  params: RatingsParams<Tensor>,
  batch: RatingsBatch,
  { shots, squaredError }: RatingsLossOptions,
): Tensor {
  const { below, upTo, error, mask } = judge(params, batch, shots);
  const surprise = neg(log(add(sub(upTo, below), 1e-6)));
  const loss = add(surprise, mul(square(error), squaredError));
  return div(sum(mul(loss, mask), 1), add(sum(mask, 1), 1e-9));
}

/**
 * Where each query value stands in its predicted distribution: the probability of less, and half of its own. `[b, q]`, 0
 * to 1; 1/2 is the middle. `slopes [b, q, s]` are those of the query's items on the support's.
 */
export function ratingsStanding(
  params: RatingsParams<Tensor>,
  batch: RatingsBatch,
  shots: number,
  slopes: Tensor,
): Tensor {
  const { below, upTo } = judge(params, batch, shots, slopes);
  return mul(add(below, upTo), 0.5);
}
