import { clicksLoss, clicksPosterior, predictOdds } from "../../models/clicks.ts";
import {
  type RatingsParams,
  type RatingsShape,
  ratedFeatures,
  ratingsShapes,
  tasteSize,
} from "../../models/ratings.ts";
import {
  compile,
  grad,
  input,
  matvec,
  mean,
  type Program,
  type Tensor,
  type Tree,
} from "../../tensor/index.ts";
import { paramInputs } from "../params.ts";
import type { ClicksConfig } from "./clicks-config.ts";
import { batchInputs, itemInputs } from "./ratings-programs.ts";

type AnyProgram = Program<Tree<Tensor>, Tree<Tensor>>;

const paramsOf = (shape: RatingsShape): RatingsParams<Tensor> =>
  paramInputs(ratingsShapes(shape)) as RatingsParams<Tensor>;

export interface ClicksStep {
  readonly items: number;
  readonly gradients: boolean;
  /** `[levels]` */
  readonly likes: Float32Array;
}

/** Losses of a batch of people, and gradients of their mean for the parameters and the embeddings that were fed. */
export function clicksStepProgram(
  shape: RatingsShape,
  config: ClicksConfig,
  { items, gradients, likes }: ClicksStep,
): Promise<AnyProgram> {
  const params = paramsOf(shape);
  const batch = batchInputs(shape, config, items);
  const losses = clicksLoss(params, batch, { ...config, shots: config.maxShots, likes });
  const { content, factors, person } = batch;
  const outputs: Tree<Tensor> = gradients
    ? { losses, grads: grad(mean(losses), { params, content, factors, person }) }
    : { losses };
  return compile({ params, batch: { ...batch } }, outputs, { threads: config.threads });
}

/** Adaptation to one person with up to `shots` answers. */
export function clicksAdaptProgram(
  shape: RatingsShape,
  config: ClicksConfig,
  shots: number,
): Promise<AnyProgram> {
  const params = paramsOf(shape);
  const items = itemInputs(shape, shots, [shots]);
  const person = input("person", [tasteSize(shape)]);
  const [liked, mask] = [input("liked", [shots]), input("mask", [shots])];
  const support = { ...ratedFeatures(params, items), liked, mask };
  return compile(
    { params, items: { ...items }, person, liked, mask },
    { ...clicksPosterior(params, person, support, config) },
  );
}

/** Log-odds of `n` items for one person. */
export function clicksPredictProgram(shape: RatingsShape, n: number): Promise<AnyProgram> {
  const params = paramsOf(shape);
  const d = tasteSize(shape);
  const items = itemInputs(shape, n, [n]);
  const posterior = { mean: input("mean", [d]), covariance: input("covariance", [d, d]) };
  const odds = predictOdds(posterior, ratedFeatures(params, items));
  return compile({ params, items: { ...items }, posterior }, { ...odds });
}

/** What a vector of a taste adds to the log-odds of `n` items, and what the items have of their own. */
export function clicksPartsProgram(shape: RatingsShape, n: number): Promise<AnyProgram> {
  const params = paramsOf(shape);
  const items = itemInputs(shape, n, [n]);
  const vector = input("vector", [tasteSize(shape)]);
  const { phi, bias } = ratedFeatures(params, items);
  return compile({ params, items: { ...items }, vector }, { bias, part: matvec(phi, vector) });
}
