import { contextWidth } from "../../encoders/request.ts";
import { trendWidth } from "../../encoders/trends.ts";
import {
  type ItemContent,
  type OneClassBatch,
  type OneClassParams,
  type OneClassShape,
  oneClassLoss,
  oneClassPenalty,
  oneClassPosterior,
  oneClassPrecision,
  oneClassShapes,
  personalScore,
  popularityScore,
} from "../../models/one-class.ts";
import {
  add,
  compile,
  div,
  grad,
  input,
  maximum,
  type Program,
  slice,
  squeeze,
  sum,
  type Tensor,
  type Tree,
} from "../../tensor/index.ts";
import { paramInputs } from "../params.ts";
import type { OneClassConfig } from "./one-class-config.ts";

// Programs are compiled per shape; trees of inputs are named by their paths.
type AnyProgram = Program<Tree<Tensor>, Tree<Tensor>>;

const paramsOf = (shape: OneClassShape): OneClassParams<Tensor> =>
  paramInputs(oneClassShapes(shape)) as OneClassParams<Tensor>;

function batchInputs(shape: OneClassShape, { batchTasks: b, maxShots: s }: OneClassConfig): OneClassBatch {
  const n = shape.items;
  return {
    ...contentInputs(shape),
    keep: input("keep", [n]),
    trends: input("trends", [b, n, trendWidth]),
    context: input("context", [b, contextWidth]),
    rows: input("rows", [b, s], "int32"),
    level: input("level", [b, s], "int32"),
    age: input("age", [b, s]),
    mask: input("mask", [b, s]),
    excluded: input("excluded", [b, n]),
    liked: input("liked", [b, n]),
    ...(shape.likes && { said: input("said", [b, n]), told: input("told", [b]) }),
  };
}

function contentInputs({ items: n, fields, embeddingSize }: OneClassShape): Omit<ItemContent, "keep"> {
  const width = embeddingSize + 1;
  if (fields === undefined) return { content: input("content", [n, width]) };
  return { content: input("content", [n, fields, width]), present: input("present", [n, fields]) };
}

/** Loss and gradients of one batch of people. */
export function metaStepProgram(shape: OneClassShape, config: OneClassConfig): Promise<AnyProgram> {
  const params = paramsOf(shape);
  const batch = batchInputs(shape, config);
  const { surprise, weight } = oneClassLoss(params, batch);
  // A few people may have liked nothing of what they are asked about.
  const loss = div(sum(surprise), maximum(sum(weight), 1e-9));
  const total = add(loss, oneClassPenalty(params, config.penalty));
  const grads = grad(total, { params, content: batch.content });
  return compile({ params, batch: { ...batch } }, { loss, grads }, { threads: config.threads });
}

/** The loss of each person of a batch, without gradients or penalties: what early stopping watches. */
export function lossProgram(shape: OneClassShape, config: OneClassConfig): Promise<AnyProgram> {
  const params = paramsOf(shape);
  const batch = batchInputs(shape, config);
  const { surprise, weight } = oneClassLoss(params, batch);
  return compile(
    { params, batch: { ...batch } },
    { losses: div(surprise, maximum(weight, 1e-9)) },
    { threads: config.threads },
  );
}

/** The prior precision of a taste given the features of all warm items. `[n, d] -> [d, d]` */
export function precisionProgram(shape: OneClassShape): Promise<AnyProgram> {
  const params = paramsOf(shape);
  const phi = input("phi", [shape.items, shape.embeddingSize]);
  return compile({ taste: params.taste, phi }, { precision: oneClassPrecision(params, phi) });
}

/** What a person's posterior is made of: the prior precision `[d, d]`, and up to `shots` events. */
export function tasteInputs(
  shots: number,
  d: number,
): { precision: Tensor; support: Record<"phi" | "level" | "age" | "mask", Tensor> } {
  const support = {
    phi: input("phi", [shots, d]),
    level: input("level", [shots], "int32"),
    age: input("age", [shots]),
    mask: input("mask", [shots]),
  };
  return { precision: input("precision", [d, d]), support };
}

/** Adaptation to one person with up to `shots` events: the posterior of their taste. */
export function adaptProgram(shape: OneClassShape, shots: number): Promise<AnyProgram> {
  const params = paramsOf(shape);
  const { precision, support } = tasteInputs(shots, shape.embeddingSize);
  const posterior = oneClassPosterior(params, precision, support);
  return compile({ taste: params.taste, precision, support }, { ...posterior });
}

/** The parts of the scores of `n` items for one person, and what each vector of a taste adds to them. */
export function scoreProgram(shape: OneClassShape, n: number, vectors: number): Promise<AnyProgram> {
  const params = paramsOf(shape);
  const d = shape.embeddingSize;
  const features = input("features", [n, d + 1]);
  const trends = input("trends", [1, n, trendWidth]);
  const context = input("context", [1, contextWidth]);
  const tastes = input("tastes", [vectors, d]);
  const phi = slice(features, 1, 0, d);
  const popular = squeeze(popularityScore(params, trends, context), 0);
  const outputs = { popular, personal: personalScore(params, phi, tastes) };
  return compile({ trend: params.trend, taste: params.taste, features, trends, context, tastes }, outputs);
}
