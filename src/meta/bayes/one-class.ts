import { check } from "../../base/errors.ts";
import type { Rng } from "../../base/rng.ts";
import type { History, Query } from "../../data/query.ts";
import { type Catalogue, LEVELS } from "../../encoders/catalogue.ts";
import { type LikeModel, likedPositions, saidByOthers } from "../../encoders/like-weights.ts";
import { warmTrends } from "../../encoders/moments.ts";
import { contextWidth, requestContext } from "../../encoders/request.ts";
import { trendsAt, trendWidth } from "../../encoders/trends.ts";
import { LIKES_PACE, type OneClassShape, oneClassShapes } from "../../models/one-class.ts";
import { adam, applyUpdates, chain, clipByGlobalNorm, cosineDecay, linearWarmup } from "../../optim/index.ts";
import type { Task } from "../../tasks/task.ts";
import { memo, oneAtATime } from "../buckets.ts";
import { type HostParams, initParams } from "../params.ts";
import { defaultOneClassConfig, type OneClassConfig } from "./one-class-config.ts";
import { itemReader } from "./one-class-items.ts";
import { lossProgram, metaStepProgram } from "./one-class-programs.ts";
import { type OneClassWorld, oneClassServing } from "./one-class-serving.ts";
import { writeSupport } from "./one-class-support.ts";
import type { OneClass, OneClassPrior } from "./one-class-types.ts";

/**
 * @param likes what trains a head whose catalogue has like weights; not needed to serve it
 * @example const learner = oneClassBayes(fitCatalogue(train, { minEvents: 5, atLeast: 8 }));
 */
export function oneClassBayes(
  catalogue: Catalogue,
  given: Partial<OneClassConfig> = {},
  likes?: LikeModel,
): OneClass {
  const config = { ...defaultOneClassConfig, ...given };
  const shape = oneClassShape(catalogue, config);
  const items = itemReader(catalogue, shape, config);
  const world = { catalogue, config, shape, items };
  return { name: "Bayes head", items, ...training({ ...world, likes }), ...oneClassServing(world) };
}

/** Sizes of the head for a catalogue. */
export function oneClassShape(
  catalogue: Catalogue,
  { embeddingSize, hiddenSize, fusion }: Pick<OneClassConfig, "embeddingSize" | "hiddenSize" | "fusion">,
): OneClassShape {
  return {
    items: catalogue.warm.length,
    embeddingSize,
    hiddenSize,
    trendSize: trendWidth,
    contextSize: contextWidth,
    levels: LEVELS,
    ...(fusion === "gate" && { fields: catalogue.bags.fields.length }),
    ...(catalogue.likeWeights && { likes: true }),
  };
}

type Training = Pick<OneClass, "init" | "prior" | "metaStep" | "gradients" | "queryLoss">;

interface TrainingWorld extends OneClassWorld {
  readonly config: OneClassConfig;
  readonly likes: LikeModel | undefined;
}

function training({ catalogue, config, shape, items, likes }: TrainingWorld): Training {
  const rate = linearWarmup(
    30,
    cosineDecay({ from: config.learningRate, steps: Math.max(1, config.steps - 30) }),
  );
  const optimiser = chain(clipByGlobalNorm(config.clipNorm), adam({ learningRate: rate, beta2: 0.99 }));
  const stepProgram = memo(() => metaStepProgram(shape, config));
  const judgeProgram = memo(() => lossProgram(shape, config));
  const batches = batchBuilder(catalogue, config, likes);
  const inTurn = oneAtATime();
  const width = shape.embeddingSize + 1;
  const gradients: OneClass["gradients"] = async (prior, tasks, rng) => {
    const known = items.dropped(prior, rng);
    const program = await stepProgram(undefined);
    const out = await inTurn(() => {
      const batch = { ...batches(tasks), ...known };
      return program.run({ params: prior.params, batch });
    });
    const { loss, grads } = out as unknown as StepResult;
    const content = prior.content.map((x) => (2 * config.penalty.embeddings * x) / shape.items);
    items.addGradient(grads.content, { data: content, width });
    return { loss: loss[0]!, grads: { params: grads.params, content } };
  };
  return {
    init(rng) {
      const prior = initPrior(catalogue, shape, rng);
      return { prior, optimiser: optimiser.init(prior) };
    },
    prior: (state) => state.prior,
    async metaStep(state, tasks, rng) {
      const { prior } = state;
      const { loss, grads } = await gradients(prior, tasks, rng);
      const [updates, next] = optimiser.update(grads, state.optimiser, prior);
      return [{ prior: applyUpdates(prior, updates), optimiser: next }, { loss }];
    },
    gradients,
    async queryLoss(prior, tasks) {
      const program = await judgeProgram(undefined);
      const known = items.warm(prior);
      const losses = new Float32Array(tasks.length);
      for (let start = 0; start < tasks.length; start += config.batchTasks) {
        const part = tasks.slice(start, start + config.batchTasks);
        const { losses: found } = await inTurn(() =>
          program.run({ params: prior.params, batch: { ...batches(part), ...known } }),
        );
        losses.set((found as Float32Array).subarray(0, part.length), start);
      }
      return losses;
    },
  };
}

interface StepResult {
  readonly loss: Float32Array;
  readonly grads: { readonly params: HostParams; readonly content: Float32Array };
}

/** What EASE's weights are multiplied by at the start. */
const START_LIKES = 3;

function initPrior(catalogue: Catalogue, shape: OneClassShape, rng: Rng): OneClassPrior {
  const width = shape.embeddingSize + 1;
  const params = initParams(oneClassShapes(shape), rng.split("params"), (path) => {
    if (path === "id") return { deviation: 0.05 };
    if (path === "trend.hidden") return { deviation: Math.sqrt(1 / trendWidth) };
    if (path === "trend.context") return { deviation: 0.3 * Math.sqrt(1 / contextWidth) };
    if (path === "trend.output") return { deviation: 0.05 };
    if (path === "likes.logScale") return { fill: Math.log(START_LIKES) / LIKES_PACE };
    return { fill: path === "taste.logUntouched" ? Math.log(0.02) : 0 };
  });
  const stream = rng.split("content");
  const content = Float32Array.from({ length: catalogue.bags.tokens * width }, () => 0.1 * stream.normal());
  clearColumn(content, width);
  params.trend.linear[trendWidth - 3] = 1;
  params.taste.target.forEach((_, level, target) => {
    target[level] = (level - 0.3 * (LEVELS - 1)) / (0.7 * (LEVELS - 1));
  });
  return { params, content };
}

/** The last column is a bias and starts at zero. */
function clearColumn(matrix: Float32Array, width: number): void {
  for (let at = width - 1; at < matrix.length; at += width) matrix[at] = 0;
}

/** Lays tasks out as the tensors of a step. The arrays are used again by the next call: they are large. */
function batchBuilder(
  catalogue: Catalogue,
  config: OneClassConfig,
  likes: LikeModel | undefined,
): (tasks: readonly Task[]) => Record<string, Float32Array | Int32Array> {
  const { batchTasks: b, maxShots: s } = config;
  const n = catalogue.warm.length;
  const make = memo((_: undefined) => ({
    trends: new Float32Array(b * n * trendWidth),
    context: new Float32Array(b * contextWidth),
    rows: new Int32Array(b * s),
    level: new Int32Array(b * s),
    age: new Float32Array(b * s),
    mask: new Float32Array(b * s),
    excluded: new Float32Array(b * n),
    liked: new Float32Array(b * n),
    ...(likes && { said: new Float32Array(b * n), told: new Float32Array(b) }),
  }));
  return (tasks) => {
    check(catalogue.likeWeights === undefined || likes !== undefined, "CONFIG", () => ({
      where: "training of the Bayes head",
      expected: "the like model that the catalogue's like weights come from",
      got: "none",
    }));
    const batch = make(undefined);
    for (const array of Object.values(batch)) if (array !== batch.trends) array.fill(0);
    tasks.forEach((task, i) => {
      const query: Query = { history: task.support, ...(task.time === undefined ? {} : { time: task.time }) };
      batch.trends.set(warmTrends(catalogue, task.time), i * n * trendWidth);
      if (task.own !== undefined)
        takeOwnOut(catalogue, task, task.own, batch.trends.subarray(i * n * trendWidth));
      batch.context.set(requestContext(catalogue, query), i * contextWidth);
      writeSupport(catalogue, query, { batch, at: i * s, room: s });
      if (likes !== undefined) writeLikes(catalogue, likes, task, { batch, at: i });
      for (const item of task.support.items)
        if (catalogue.warmRow[item]! >= 0) batch.excluded[i * n + catalogue.warmRow[item]!] = -1e9;
      const { items, weights } = task.query;
      const liked = Array.from(items.keys()).filter((j) => catalogue.warmRow[items[j]!]! >= 0);
      for (const j of liked)
        batch.liked[i * n + catalogue.warmRow[items[j]!]!]! += (weights?.[j] ?? 1) / Math.sqrt(liked.length);
    });
    return batch;
  };
}

interface LikesTarget {
  readonly batch: { readonly said?: Float32Array; readonly told?: Float32Array };
  readonly at: number;
}

/** What the support's likes say of the warm items, by the weights of everybody else where the person is of training. */
function writeLikes(
  { warm, warmRow }: Catalogue,
  likes: LikeModel,
  { support, own }: Task,
  { batch, at }: LikesTarget,
): void {
  const told = likedPositions(likes, support);
  batch.told![at] = Math.log1p(told.length);
  if (told.length === 0) return;
  const said = saidByOthers(likes, told, own === undefined ? [] : likedPositions(likes, own));
  likes.rows.forEach((item, position) => {
    batch.said![at * warm.length + warmRow[item]!] = said[position]!;
  });
}

/** Totals must not contain the person's own events: they are the answer. */
function takeOwnOut(catalogue: Catalogue, task: Task, own: History, trends: Float32Array): void {
  const items = own.items.filter((item) => catalogue.warmRow[item]! >= 0);
  const corrected = trendsAt(catalogue.trends, items, task.time, {
    history: own,
    liked: catalogue.scale.liked,
  });
  items.forEach((item, i) =>
    trends.set(
      corrected.subarray(i * trendWidth, (i + 1) * trendWidth),
      catalogue.warmRow[item]! * trendWidth,
    ),
  );
}
