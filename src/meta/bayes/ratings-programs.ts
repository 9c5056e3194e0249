import {
  predictRatings,
  type RatedItems,
  type RatingsBatch,
  type RatingsParams,
  ratedFeatures,
  ratingsLoss,
  ratingsPosterior,
  ratingsShapes,
  tasteSize,
} from "../../models/ratings.ts";
import { compile, grad, input, mean, type Program, type Tensor, type Tree } from "../../tensor/index.ts";
import { paramInputs } from "../params.ts";
import type { RatingsConfig } from "./ratings-config.ts";

type AnyProgram = Program<Tree<Tensor>, Tree<Tensor>>;

const paramsOf = (embeddingSize: number): RatingsParams<Tensor> =>
  paramInputs(ratingsShapes(embeddingSize)) as RatingsParams<Tensor>;

function batchInputs(
  { embeddingSize, batchTasks: b, maxShots, maxQuery }: RatingsConfig,
  items: number,
): RatingsBatch {
  const slots = maxShots + maxQuery;
  return {
    content: input("content", [items, embeddingSize + 1]),
    id: input("id", [items, embeddingSize + 1]),
    person: input("person", [b, tasteSize(embeddingSize)]),
    rows: input("rows", [b, slots], "int32"),
    keep: input("keep", [b, slots]),
    level: input("level", [b, slots]),
    count: input("count", [b, slots]),
    value: input("value", [b, slots]),
    mask: input("mask", [b, slots]),
  };
}

/** Losses of a batch of people, and gradients of their mean for parameters and for the embeddings that were fed. */
export function ratingsStepProgram(
  config: RatingsConfig,
  items: number,
  withGradients: boolean,
): Promise<AnyProgram> {
  const params = paramsOf(config.embeddingSize);
  const batch = batchInputs(config, items);
  const losses = ratingsLoss(params, batch, config.maxShots);
  const { content, id, person } = batch;
  const outputs: Tree<Tensor> = withGradients
    ? { losses, grads: grad(mean(losses), { params, content, id, person }) }
    : { losses };
  return compile({ params, batch: { ...batch } }, outputs, { threads: config.threads });
}

function itemInputs(embeddingSize: number, n: number): RatedItems {
  return {
    content: input("content", [n, embeddingSize + 1]),
    id: input("id", [n, embeddingSize + 1]),
    keep: input("keep", [n]),
    level: input("level", [n]),
    count: input("count", [n]),
  };
}

/** Adaptation to one person with up to `shots` events. */
export function ratingsAdaptProgram(embeddingSize: number, shots: number): Promise<AnyProgram> {
  const params = paramsOf(embeddingSize);
  const items = itemInputs(embeddingSize, shots);
  const person = input("person", [tasteSize(embeddingSize)]);
  const [value, mask] = [input("value", [shots]), input("mask", [shots])];
  const support = { ...ratedFeatures(params, items), value, mask };
  return compile(
    { params, items: { ...items }, person, value, mask },
    { ...ratingsPosterior(params, person, support) },
  );
}

/** Predictive mean and variance of `n` items for one person. */
export function ratingsPredictProgram(embeddingSize: number, n: number): Promise<AnyProgram> {
  const params = paramsOf(embeddingSize);
  const d = tasteSize(embeddingSize);
  const items = itemInputs(embeddingSize, n);
  const posterior = { mean: input("mean", [d]), covariance: input("covariance", [d, d]) };
  return compile(
    { params, items: { ...items }, posterior },
    predictRatings(posterior, ratedFeatures(params, items)),
  );
}
