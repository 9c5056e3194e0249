import {
  type RatedItems,
  type RatingsParams,
  type RatingsShape,
  ratedFeatures,
  ratingsShapes,
  tasteSize,
} from "../../models/ratings.ts";
import { type RatingsBatch, ratingsLoss, ratingsStanding } from "../../models/ratings-loss.ts";
import { levelProbabilities, predictRatings, ratingsPosterior } from "../../models/ratings-posterior.ts";
import { add, compile, grad, input, mean, type Program, type Tensor, type Tree } from "../../tensor/index.ts";
import { paramInputs } from "../params.ts";
import type { RatingsConfig } from "./ratings-config.ts";

type AnyProgram = Program<Tree<Tensor>, Tree<Tensor>>;

const paramsOf = (shape: RatingsShape): RatingsParams<Tensor> =>
  paramInputs(ratingsShapes(shape)) as RatingsParams<Tensor>;

export function itemInputs(shape: RatingsShape, items: number, slots: readonly number[]): RatedItems {
  return {
    content: input("content", [items, shape.contentSize + 1]),
    factors: input("factors", [items, shape.factorSize]),
    predicted: input("predicted", [items, shape.factorSize]),
    keep: input("keep", slots),
    level: input("level", slots),
    count: input("count", slots),
    spread: input("spread", slots),
  };
}

export function batchInputs(
  shape: RatingsShape,
  { batchTasks: b, maxShots, maxQuery }: RatingsConfig,
  items: number,
): RatingsBatch {
  const slots = [b, maxShots + maxQuery];
  return {
    ...itemInputs(shape, items, slots),
    presence: input("presence", [items, shape.presenceSize]),
    person: input("person", [b, tasteSize(shape)]),
    rows: input("rows", slots, "int32"),
    rank: input("rank", slots, "int32"),
    value: input("value", slots),
    mask: input("mask", slots),
    levels: input("levels", [shape.levels]),
  };
}

/** Losses of a batch of people, and gradients of their mean for the parameters and the embeddings that were fed. */
export function ratingsStepProgram(
  shape: RatingsShape,
  config: RatingsConfig,
  size: { items: number; gradients: boolean },
): Promise<AnyProgram> {
  const params = paramsOf(shape);
  const batch = batchInputs(shape, config, size.items);
  const losses = ratingsLoss(params, batch, { shots: config.maxShots, squaredError: config.squaredError });
  const { content, factors, person } = batch;
  const outputs: Tree<Tensor> = size.gradients
    ? { losses, grads: grad(mean(losses), { params, content, factors, person }) }
    : { losses };
  return compile({ params, batch: { ...batch } }, outputs, { threads: config.threads });
}

/** Standings of the query values of a batch of people; see `ratingsStanding`. */
export function ratingsStandingProgram(
  shape: RatingsShape,
  config: RatingsConfig,
  items: number,
): Promise<AnyProgram> {
  const params = paramsOf(shape);
  const batch = batchInputs(shape, config, items);
  const slopes = input("slopes", [config.batchTasks, config.maxQuery, config.maxShots]);
  const standings = ratingsStanding(params, batch, config.maxShots, slopes);
  return compile({ params, batch: { ...batch }, slopes }, { standings }, { threads: config.threads });
}

/** Adaptation to one person with up to `shots` events. */
export function ratingsAdaptProgram(shape: RatingsShape, shots: number): Promise<AnyProgram> {
  const params = paramsOf(shape);
  const items = itemInputs(shape, shots, [shots]);
  const person = input("person", [tasteSize(shape)]);
  const [value, mask] = [input("value", [shots]), input("mask", [shots])];
  const presence = input("presence", [shots, shape.presenceSize]);
  const support = { ...ratedFeatures(params, items), value, mask, presence, keep: items.keep };
  return compile(
    { params, items: { ...items }, presence, person, value, mask },
    { ...ratingsPosterior(params, person, support) },
  );
}

/** Predictive distribution of `n` items for one person; `shift` is what neighbours of the items say of each. */
export function ratingsPredictProgram(shape: RatingsShape, n: number): Promise<AnyProgram> {
  const params = paramsOf(shape);
  const d = tasteSize(shape);
  const items = itemInputs(shape, n, [n]);
  const posterior = {
    mean: input("mean", [d]),
    covariance: input("covariance", [d, d]),
    scale: input("scale", [1]),
  };
  const shift = input("shift", [n]);
  const features = ratedFeatures(params, items);
  const predictive = predictRatings(posterior, { ...features, bias: add(features.bias, shift) });
  return compile(
    { params, items: { ...items }, posterior, shift },
    { ...predictive, probabilities: levelProbabilities(params, predictive) },
  );
}
