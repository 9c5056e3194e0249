import type { Rng } from "../../base/rng.ts";
import type { Query } from "../../data/query.ts";
import { type Catalogue, LEVELS, levelOf } from "../../encoders/catalogue.ts";
import { contextWidth, eventAges, requestContext } from "../../encoders/request.ts";
import { trendsAt, trendTime, trendWidth } from "../../encoders/trends.ts";
import { type OneClassShape, oneClassShapes } from "../../models/one-class.ts";
import {
  adam,
  applyUpdates,
  chain,
  clipByGlobalNorm,
  cosineDecay,
  linearWarmup,
  type State as OptimiserState,
} from "../../optim/index.ts";
import type { Task } from "../../tasks/task.ts";
import { bucketOf, memo, padded } from "../buckets.ts";
import type { Contribution, Learner } from "../learner.ts";
import { type HostParams, initParams } from "../params.ts";
import { summedContent, summedContentGradient } from "./content.ts";
import { defaultOneClassConfig, type OneClassConfig } from "./one-class-config.ts";
import {
  adaptProgram,
  lossProgram,
  metaStepProgram,
  precisionProgram,
  scoreProgram,
} from "./one-class-programs.ts";

/** What meta-training learns: the network's parameters and the embeddings of content tokens. */
export interface OneClassPrior {
  readonly [key: string]: HostParams | Float32Array;
  readonly params: HostParams;
  /** `[tokens, embeddingSize + 1]` */
  readonly content: Float32Array;
}

export interface OneClassState {
  readonly prior: OneClassPrior;
  readonly optimiser: OptimiserState;
}

/** One person's taste. */
export interface OneClassFitted {
  readonly query: Query;
  /** Where in the query's history the used events are: the latest ones of a long history. */
  readonly used: readonly number[];
  /** `[embeddingSize]` */
  readonly mean: Float32Array;
  /** `[embeddingSize, embeddingSize]` */
  readonly covariance: Float32Array;
  /** What each used event adds to the mean. `[used.length, embeddingSize]` */
  readonly events: Float32Array;
  /** What the prior adds to the mean. `[embeddingSize]` */
  readonly prior: Float32Array;
}

/** Longest support that is used; of a longer history the latest events. */
const MAX_EVENTS = 512;

/**
 * The Bayes head for one-class feedback: ranks a whole catalogue for somebody with a handful of events.
 * `score(x) = popularity(x | request) + b(x) + s phi(x) . taste`, the taste in closed form from the events.
 */
export type OneClass = Learner<OneClassPrior, OneClassFitted, OneClassState>;

/** @example const learner = oneClassBayes(fitCatalogue(train, { minEvents: 5, atLeast: 8 })); */
export function oneClassBayes(catalogue: Catalogue, given: Partial<OneClassConfig> = {}): OneClass {
  const config = { ...defaultOneClassConfig, ...given };
  const shape = oneClassShape(catalogue, config);
  return { name: "Bayes head", ...training(catalogue, config, shape), ...serving(catalogue, shape) };
}

/** Sizes of the head for a catalogue. */
export function oneClassShape(
  catalogue: Catalogue,
  { embeddingSize, hiddenSize }: Pick<OneClassConfig, "embeddingSize" | "hiddenSize">,
): OneClassShape {
  return {
    items: catalogue.warm.length,
    embeddingSize,
    hiddenSize,
    trendSize: trendWidth,
    contextSize: contextWidth,
    levels: LEVELS,
  };
}

type Training = Pick<OneClass, "init" | "prior" | "metaStep" | "queryLoss">;

function training(catalogue: Catalogue, config: OneClassConfig, shape: OneClassShape): Training {
  const rate = linearWarmup(
    30,
    cosineDecay({ from: config.learningRate, steps: Math.max(1, config.steps - 30) }),
  );
  const optimiser = chain(clipByGlobalNorm(config.clipNorm), adam({ learningRate: rate, beta2: 0.99 }));
  const stepProgram = memo(() => metaStepProgram(shape, config));
  const judgeProgram = memo(() => lossProgram(shape, config));
  const batches = batchBuilder(catalogue, config);
  const width = shape.embeddingSize + 1;
  return {
    init(rng) {
      const prior = initPrior(catalogue, shape, rng);
      return { prior, optimiser: optimiser.init(prior) };
    },
    prior: (state) => state.prior,
    async metaStep(state, tasks, rng) {
      const { prior } = state;
      const keep = dropIds(shape.items, config.idDropout, rng);
      const program = await stepProgram(undefined);
      const batch = {
        ...batches(tasks, true),
        keep,
        content: summedContent(catalogue.bags, { data: prior.content, width }, catalogue.warm),
      };
      const { loss, grads } = (await program.run({
        params: prior.params,
        batch,
      } as never)) as unknown as StepResult;
      const content = prior.content.map((x) => (2 * config.penalty.embeddings * x) / shape.items);
      summedContentGradient(catalogue.bags, catalogue.warm, grads.content, { data: content, width });
      const [updates, next] = optimiser.update({ params: grads.params, content }, state.optimiser, prior);
      return [{ prior: applyUpdates(prior, updates), optimiser: next }, { loss: loss[0]! }];
    },
    async queryLoss(prior, tasks) {
      const program = await judgeProgram(undefined);
      const keep = new Float32Array(shape.items).fill(1);
      const content = summedContent(catalogue.bags, { data: prior.content, width }, catalogue.warm);
      const losses = new Float32Array(tasks.length);
      for (let start = 0; start < tasks.length; start += config.batchTasks) {
        const part = tasks.slice(start, start + config.batchTasks);
        const feeds = { ...batches(part, false), keep, content };
        const { losses: found } = await program.run({ params: prior.params, batch: feeds } as never);
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

function initPrior(catalogue: Catalogue, shape: OneClassShape, rng: Rng): OneClassPrior {
  const width = shape.embeddingSize + 1;
  const params = initParams(oneClassShapes(shape), rng.split("params"), (path) => {
    if (path === "id") return { deviation: 0.05 };
    if (path === "trend.hidden") return { deviation: Math.sqrt(1 / trendWidth) };
    if (path === "trend.context") return { deviation: 0.3 * Math.sqrt(1 / contextWidth) };
    if (path === "trend.output") return { deviation: 0.05 };
    return { fill: path === "taste.logUntouched" ? Math.log(0.02) : 0 };
  });
  const stream = rng.split("content");
  const content = Float32Array.from({ length: catalogue.bags.tokens * width }, () => 0.1 * stream.normal());
  clearColumn(content, width);
  (params.trend.linear as Float32Array)[trendWidth - 3] = 1;
  (params.taste.target as Float32Array).forEach((_, level, target) => {
    target[level] = (level - 0.3 * (LEVELS - 1)) / (0.7 * (LEVELS - 1));
  });
  return { params, content };
}

/** The last column is a bias and starts at zero. */
function clearColumn(matrix: Float32Array, width: number): void {
  for (let at = width - 1; at < matrix.length; at += width) matrix[at] = 0;
}

function dropIds(items: number, probability: number, rng: Rng): Float32Array {
  return Float32Array.from({ length: items }, () => (rng.next() < probability ? 0 : 1 / (1 - probability)));
}

/** Lays tasks out as the tensors of a meta-training step; trends of a grid point are computed once and kept. */
function batchBuilder(
  catalogue: Catalogue,
  config: OneClassConfig,
): (tasks: readonly Task[], leaveOwnOut: boolean) => Record<string, Float32Array | Int32Array> {
  const { batchTasks: b, maxShots: s } = config;
  const n = catalogue.warm.length;
  const popular = memo((grid: number) =>
    trendsAt(catalogue.trends, catalogue.warm, Number.isNaN(grid) ? undefined : grid),
  );
  return (tasks, leaveOwnOut) => {
    const batch = {
      trends: new Float32Array(b * n * trendWidth),
      context: new Float32Array(b * contextWidth),
      rows: new Int32Array(b * s),
      level: new Int32Array(b * s),
      age: new Float32Array(b * s),
      mask: new Float32Array(b * s),
      excluded: new Float32Array(b * n),
      liked: new Float32Array(b * n),
    };
    tasks.forEach((task, i) => {
      const query: Query = { history: task.support, ...(task.time === undefined ? {} : { time: task.time }) };
      batch.trends.set(popular(trendTime(catalogue.trends, task.time)), i * n * trendWidth);
      if (leaveOwnOut) takeOwnOut(catalogue, task, batch.trends.subarray(i * n * trendWidth));
      batch.context.set(requestContext(catalogue, query), i * contextWidth);
      writeSupport(catalogue, query, { batch, at: i * s, room: s });
      for (const item of task.support.items)
        if (catalogue.warmRow[item]! >= 0) batch.excluded[i * n + catalogue.warmRow[item]!] = -1e9;
      const liked = task.query.items.filter((item) => catalogue.warmRow[item]! >= 0);
      for (const item of liked) batch.liked[i * n + catalogue.warmRow[item]!]! += 1 / Math.sqrt(liked.length);
    });
    return batch;
  };
}

/** Totals must not contain the person's own events: they are the answer. */
function takeOwnOut(catalogue: Catalogue, task: Task, trends: Float32Array): void {
  const own = task.own ?? task.support;
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

interface SupportTarget {
  readonly batch: {
    readonly rows?: Int32Array;
    readonly level: Int32Array;
    readonly age: Float32Array;
    readonly mask: Float32Array;
  };
  readonly at: number;
  readonly room: number;
}

/** Writes the latest events that fit; returns where in the history they stand. */
function writeSupport(catalogue: Catalogue, query: Query, { batch, at, room }: SupportTarget): number[] {
  const { items, values } = query.history;
  const ages = eventAges(query);
  const usable = Array.from(items.keys()).filter(
    (j) => batch.rows === undefined || catalogue.warmRow[items[j]!]! >= 0,
  );
  const used = usable.slice(-room);
  used.forEach((j, slot) => {
    if (batch.rows !== undefined) batch.rows[at + slot] = catalogue.warmRow[items[j]!]!;
    batch.level[at + slot] = levelOf(catalogue.scale, values[j]!);
    batch.age[at + slot] = Math.log1p(ages[j]!);
    batch.mask[at + slot] = 1;
  });
  return used;
}

type Serving = Pick<OneClass, "adapt" | "score" | "explain">;

/** Features of all items and the prior precision, computed once per prior. */
interface Prepared {
  /** `[items, embeddingSize + 1]` */
  readonly features: Float32Array;
  readonly precision: Float32Array;
}

function serving(catalogue: Catalogue, shape: OneClassShape): Serving {
  const d = shape.embeddingSize;
  const width = d + 1;
  const adaptFor = memo((shots: number) => adaptProgram(shape, shots));
  const scoreFor = memo((key: string) => {
    const [n, vectors] = key.split("x").map(Number) as [number, number];
    return scoreProgram(shape, n, vectors);
  });
  const precisionFor = memo(() => precisionProgram(shape));
  const prepared = new WeakMap<OneClassPrior, Promise<Prepared>>();
  const prepare = (prior: OneClassPrior): Promise<Prepared> => {
    const known = prepared.get(prior) ?? prepareItems(catalogue, prior, { width, precisionFor });
    prepared.set(prior, known);
    return known;
  };
  const parts = async (
    prior: OneClassPrior,
    fitted: OneClassFitted,
    items: Int32Array,
    tastes: Float32Array,
  ): Promise<ScoreParts> => {
    const { features } = await prepare(prior);
    const vectors = bucketOf(tastes.length / d, 1);
    const n = bucketOf(items.length, 32);
    const program = await scoreFor(`${n}x${vectors}`);
    const rows = new Float32Array(n * width);
    items.forEach((item, i) => rows.set(features.subarray(item * width, (item + 1) * width), i * width));
    const trends = padded(trendsAt(catalogue.trends, items, fitted.query.time), n * trendWidth);
    const context = requestContext(catalogue, fitted.query);
    const out = await program.run({
      trend: prior.params.trend,
      taste: prior.params.taste,
      features: rows,
      trends,
      context,
      tastes: padded(tastes, vectors * d),
    } as never);
    const { popular, personal } = out as unknown as { popular: Float32Array; personal: Float32Array };
    return {
      popular,
      bias: Float32Array.from(items, (item) => features[item * width + d]!),
      personal,
      stride: n,
    };
  };
  return {
    async adapt(prior, query) {
      const { features, precision } = await prepare(prior);
      const room = bucketOf(Math.min(query.history.items.length, MAX_EVENTS), 8);
      const batch = {
        level: new Int32Array(room),
        age: new Float32Array(room),
        mask: new Float32Array(room),
      };
      const used = writeSupport(catalogue, query, { batch, at: 0, room });
      const phi = new Float32Array(room * d);
      used.forEach((j, slot) => {
        const item = query.history.items[j]!;
        phi.set(features.subarray(item * width, item * width + d), slot * d);
      });
      const program = await adaptFor(room);
      const result = await program.run({
        taste: prior.params.taste,
        precision,
        support: { phi, ...batch },
      } as never);
      const {
        mean,
        covariance,
        events,
        prior: fromPrior,
      } = result as unknown as Pick<OneClassFitted, "mean" | "covariance" | "events" | "prior">;
      const fitted = {
        query,
        used,
        mean,
        covariance,
        events: events.subarray(0, used.length * d),
        prior: fromPrior,
      };
      return [fitted, { events: used.length, tasteNorm: Math.hypot(...mean) }];
    },
    async score(prior, fitted, items) {
      const { popular, bias, personal } = await parts(prior, fitted, items, fitted.mean);
      return bias.map((b, i) => b + popular[i]! + personal[i]!);
    },
    async explain(prior, fitted, items) {
      const tastes = new Float32Array(d + fitted.events.length);
      tastes.set(fitted.prior);
      tastes.set(fitted.events, d);
      const { popular, bias, personal, stride } = await parts(prior, fitted, items, tastes);
      return Array.from(items, (_, i): Contribution[] => [
        { source: "popularity", value: popular[i]! },
        { source: "item", value: bias[i]! },
        { source: "prior", value: personal[i]! },
        ...fitted.used.map((event, j) => ({
          source: "event" as const,
          event,
          value: personal[(j + 1) * stride + i]!,
        })),
      ]);
    },
  };
}

interface ScoreParts {
  readonly popular: Float32Array;
  readonly bias: Float32Array;
  /** `[vectors, stride]` */
  readonly personal: Float32Array;
  readonly stride: number;
}

interface PrepareOptions {
  readonly width: number;
  readonly precisionFor: (key: undefined) => ReturnType<typeof precisionProgram>;
}

/** Warm items have content and ID, cold ones content alone. */
async function prepareItems(
  catalogue: Catalogue,
  prior: OneClassPrior,
  { width, precisionFor }: PrepareOptions,
): Promise<Prepared> {
  const all = Int32Array.from(catalogue.items.ids.keys());
  const features = summedContent(catalogue.bags, { data: prior.content, width }, all);
  const id = prior.params.id as Float32Array;
  const phi = new Float32Array(catalogue.warm.length * (width - 1));
  catalogue.warm.forEach((item, row) => {
    for (let j = 0; j < width - 1; j++) features[item * width + j]! += id[row * (width - 1) + j]!;
    phi.set(features.subarray(item * width, (item + 1) * width - 1), row * (width - 1));
  });
  const program = await precisionFor(undefined);
  const { precision } = await program.run({ taste: prior.params.taste, phi } as never);
  return { features, precision: precision as Float32Array };
}
