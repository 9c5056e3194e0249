import { createRng, type Rng } from "../../base/rng.ts";
import type { Table } from "../../data/dataset.ts";
import type { Query } from "../../data/query.ts";
import { type Bags, pool, usedTokens } from "../../encoders/bags.ts";
import type { Catalogue } from "../../encoders/catalogue.ts";
import { type Encoder, encodeFeatures, encodeTable } from "../../encoders/encoder.ts";
import { itemLevels } from "../../encoders/item-means.ts";
import { ratingsShapes, tasteSize } from "../../models/ratings.ts";
import {
  adam,
  applyUpdates,
  chain,
  clipByGlobalNorm,
  cosineDecay,
  linearWarmup,
  type State as OptimiserState,
  type RowAdamState,
  rowAdam,
} from "../../optim/index.ts";
import type { Task } from "../../tasks/task.ts";
import { bucketOf, memo } from "../buckets.ts";
import type { Learner } from "../learner.ts";
import { type HostParams, initParams } from "../params.ts";
import { summedContent, summedContentGradient } from "./content.ts";
import { defaultRatingsConfig, type RatingsConfig } from "./ratings-config.ts";
import { ratingsAdaptProgram, ratingsPredictProgram, ratingsStepProgram } from "./ratings-programs.ts";

/** What meta-training learns. */
export interface RatingsPrior {
  readonly params: HostParams;
  readonly tables: {
    /** `[tokens of items, embeddingSize + 1]` */
    readonly content: Float32Array;
    /** `[items, embeddingSize + 1]` */
    readonly id: Float32Array;
    /** `[tokens of users, tasteSize]` */
    readonly person: Float32Array;
  };
}

type TableName = keyof RatingsPrior["tables"];

export interface RatingsState extends RatingsPrior {
  readonly optimiser: OptimiserState;
  readonly rows: Readonly<Record<TableName, RowAdamState>>;
}

/** One person's taste, in standard deviations of the training values. */
export interface RatingsFitted {
  readonly query: Query;
  /** `[tasteSize]` */
  readonly mean: Float32Array;
  /** `[tasteSize, tasteSize]` */
  readonly covariance: Float32Array;
}

export interface Prediction {
  /** On the data set's scale. `[n]` */
  readonly mean: Float32Array;
  /** Of a single rating, on the data set's scale squared. `[n]` */
  readonly variance: Float32Array;
}

/** The Bayes head for ratings: predictive mean and variance in closed form, for any number of events. */
export interface RatingsBayes extends Learner<RatingsPrior, RatingsFitted, RatingsState> {
  predict(prior: RatingsPrior, fitted: RatingsFitted, items: Int32Array): Promise<Prediction>;
}

/** What the head knows of people: how their attributes are encoded. */
export interface People {
  readonly encoder: Encoder;
  readonly bags: Bags;
}

export function encodePeople(encoder: Encoder, users: Table): People {
  return { encoder, bags: encodeTable(encoder, users) };
}

/** Longest support that is used; of a longer history the latest events. */
const MAX_EVENTS = 512;
const LOG_NOISE = Math.log(0.6);

/**
 * @example
 * const learner = ratingsBayes(catalogue, encodePeople(fitEncoder(users, rows), users), { embeddingSize: 32 });
 */
export function ratingsBayes(
  catalogue: Catalogue,
  people: People,
  given: Partial<RatingsConfig> = {},
): RatingsBayes {
  const config = { ...defaultRatingsConfig, ...given };
  return {
    name: "Bayes head (ratings)",
    ...training(catalogue, people, config),
    ...serving(catalogue, people, config),
  };
}

type Training = Pick<RatingsBayes, "init" | "prior" | "metaStep" | "queryLoss">;

function training(catalogue: Catalogue, people: People, config: RatingsConfig): Training {
  const rate = linearWarmup(
    30,
    cosineDecay({ from: config.learningRate, steps: Math.max(1, config.steps - 30) }),
  );
  const optimiser = chain(clipByGlobalNorm(config.clipNorm), adam({ learningRate: rate, beta2: 0.99 }));
  const rows = rowAdam({ learningRate: rate, beta2: 0.99, weightDecay: config.weightDecay });
  const stepFor = memo((items: number) => ratingsStepProgram(config, items, true));
  const judgeFor = memo((items: number) => ratingsStepProgram(config, items, false));
  const world = { catalogue, people, config };
  return {
    init(rng) {
      const prior = initPrior(world, rng);
      const widths = tableWidths(config);
      const start = (name: TableName): RowAdamState => rows.init(prior.tables[name], widths[name]);
      return {
        ...prior,
        optimiser: optimiser.init(prior.params),
        rows: { content: start("content"), id: start("id"), person: start("person") },
      };
    },
    prior: ({ params, tables }) => ({
      params,
      tables: { content: tables.content.slice(), id: tables.id.slice(), person: tables.person.slice() },
    }),
    /** Changes the tables of `state` in place: `prior(state)` is the copy to keep. */
    async metaStep(state, tasks, rng) {
      const batch = layOut(world, state, tasks, rng);
      const program = await stepFor(batch.items.length);
      const { losses, grads } = (await program.run({
        params: state.params,
        batch: batch.feeds,
      } as never)) as unknown as StepResult;
      const [updates, next] = optimiser.update(grads.params, state.optimiser, state.params);
      const sparse = sparseGradients(world, batch, grads);
      const step = (name: TableName): RowAdamState =>
        rows.update(sparse[name], state.rows[name], state.tables[name]);
      const moved = { content: step("content"), id: step("id"), person: step("person") };
      const loss = losses.subarray(0, tasks.length).reduce((a, b) => a + b, 0) / tasks.length;
      return [
        { params: applyUpdates(state.params, updates), tables: state.tables, optimiser: next, rows: moved },
        { loss },
      ];
    },
    async queryLoss(prior, tasks) {
      const out = new Float32Array(tasks.length);
      for (let start = 0; start < tasks.length; start += config.batchTasks) {
        const part = tasks.slice(start, start + config.batchTasks);
        const batch = layOut(world, prior, part, createRng(start));
        const program = await judgeFor(batch.items.length);
        const { losses } = (await program.run({
          params: prior.params,
          batch: batch.feeds,
        } as never)) as unknown as StepResult;
        out.set(losses.subarray(0, part.length), start);
      }
      return out;
    },
  };
}

interface StepResult {
  readonly losses: Float32Array;
  readonly grads: { readonly params: HostParams } & Readonly<Record<TableName, Float32Array>>;
}

interface World {
  readonly catalogue: Catalogue;
  readonly people: People;
  readonly config: RatingsConfig;
}

function tableWidths({ embeddingSize }: RatingsConfig): Record<TableName, number> {
  return { content: embeddingSize + 1, id: embeddingSize + 1, person: tasteSize(embeddingSize) };
}

function initPrior({ catalogue, people, config }: World, rng: Rng): RatingsPrior {
  const params = initParams(ratingsShapes(config.embeddingSize), rng, (path) => {
    if (path === "level.gain") return { fill: 1 };
    if (path === "noise.base") return { fill: LOG_NOISE };
    return { fill: path.startsWith("noise") ? Math.log(0.1) : 0 };
  });
  const logVariance = (params.taste as { logVariance: Float32Array }).logVariance;
  logVariance[config.embeddingSize] = Math.log(0.15);
  logVariance[config.embeddingSize + 1] = Math.log(0.05);
  const width = config.embeddingSize + 1;
  const table = (rows: number, deviation: number, label: string): Float32Array => {
    const stream = rng.split(label);
    return Float32Array.from({ length: rows * width }, (_, i) =>
      (i + 1) % width === 0 ? 0 : deviation * stream.normal(),
    );
  };
  const person = new Float32Array(people.bags.tokens * tasteSize(config.embeddingSize));
  return {
    params,
    tables: {
      content: table(catalogue.bags.tokens, 0.1, "content"),
      id: table(catalogue.items.ids.length, 0.1, "id"),
      person,
    },
  };
}

interface Layout {
  /** Items of the batch, repeated at the end to fill the bucket. */
  readonly items: Int32Array;
  readonly distinct: number;
  readonly users: Int32Array;
  readonly feeds: Readonly<Record<string, Float32Array | Int32Array>>;
}

/** Tasks as the tensors of a step. The random numbers decide which items are played as cold. */
function layOut(world: World, { tables }: RatingsPrior, tasks: readonly Task[], rng: Rng): Layout {
  const { catalogue, people, config } = world;
  const { batchTasks: b, maxShots, maxQuery } = config;
  const slots = maxShots + maxQuery;
  const { items, distinct, place } = distinctItems(tasks);
  const width = config.embeddingSize + 1;
  const feeds = {
    content: summedContent(catalogue.bags, { data: tables.content, width }, items),
    id: gatherRows(tables.id, width, items),
    person: new Float32Array(b * tasteSize(config.embeddingSize)),
    rows: new Int32Array(b * slots),
    keep: new Float32Array(b * slots),
    level: new Float32Array(b * slots),
    count: new Float32Array(b * slots),
    value: new Float32Array(b * slots),
    mask: new Float32Array(b * slots),
  };
  const users = Int32Array.from(tasks, (task) => task.user ?? -1);
  feeds.person.set(personShift(people, tables.person, users));
  tasks.forEach((task, i) => {
    const cold = rng.next() < config.coldTasks;
    const own = task.own && task.user !== undefined ? { user: task.user, history: task.own } : undefined;
    for (const [history, start, room] of [
      [task.support, 0, maxShots],
      [task.query, maxShots, maxQuery],
    ] as const) {
      const from = Math.max(0, history.items.length - room);
      const rows = history.items.subarray(from);
      const { level, count } = itemLevels(catalogue.means, rows, own);
      rows.forEach((item, j) => {
        const at = i * slots + start + j;
        feeds.rows[at] = place.get(item)!;
        feeds.keep[at] = Number(!cold && count[j]! > 0 && rng.next() >= config.idDropout);
        feeds.level[at] = level[j]!;
        feeds.count[at] = count[j]!;
        feeds.value[at] = (history.values[from + j]! - catalogue.means.mean) / catalogue.means.deviation;
        feeds.mask[at] = 1;
      });
    }
  });
  return { items, distinct, users, feeds };
}

function distinctItems(tasks: readonly Task[]): {
  items: Int32Array;
  distinct: number;
  place: Map<number, number>;
} {
  const place = new Map<number, number>();
  for (const { support, query } of tasks)
    for (const item of [...support.items, ...query.items]) if (!place.has(item)) place.set(item, place.size);
  const found = Int32Array.from(place.keys());
  const items = new Int32Array(bucketOf(found.length, 256)).fill(found[0] ?? 0);
  items.set(found);
  return { items, distinct: found.length, place };
}

function gatherRows(table: Float32Array, width: number, rows: ArrayLike<number>): Float32Array {
  const out = new Float32Array(rows.length * width);
  for (let i = 0; i < rows.length; i++)
    out.set(table.subarray(rows[i]! * width, (rows[i]! + 1) * width), i * width);
  return out;
}

/** What people's attributes add to the prior mean of their taste; nothing for an unknown person (-1). */
function personShift(people: People, table: Float32Array, users: Int32Array): Float32Array {
  const width = table.length / Math.max(1, people.bags.tokens);
  const known = users.filter((user) => user >= 0);
  const sums = summedContent(people.bags, { data: table, width }, known);
  const out = new Float32Array(users.length * width);
  let next = 0;
  users.forEach((user, i) => {
    if (user >= 0) out.set(sums.subarray(next * width, ++next * width), i * width);
  });
  return out;
}

type Sparse = Readonly<Record<TableName, { rows: Int32Array; values: Float32Array }>>;

/** Gradients of the rows that the batch used, in each table. */
function sparseGradients(
  { catalogue, people, config }: World,
  batch: Layout,
  grads: StepResult["grads"],
): Sparse {
  const widths = tableWidths(config);
  const items = batch.items.subarray(0, batch.distinct);
  const users = batch.users.filter((user) => user >= 0);
  const known = Array.from(batch.users.keys()).filter((i) => batch.users[i]! >= 0);
  const person = gatherRows(grads.person, widths.person, known);
  return {
    content: bagRows(catalogue.bags, items, grads.content, widths.content),
    id: { rows: items.slice(), values: grads.id.slice(0, batch.distinct * widths.id) },
    person: bagRows(people.bags, users, person, widths.person),
  };
}

function bagRows(
  bags: Bags,
  rows: Int32Array,
  gradient: Float32Array,
  width: number,
): { rows: Int32Array; values: Float32Array } {
  const tokens = usedTokens(bags, rows);
  const dense = new Float32Array(bags.tokens * width);
  summedContentGradient(bags, rows, gradient.subarray(0, rows.length * width), { data: dense, width });
  return { rows: tokens, values: gatherRows(dense, width, tokens) };
}

type Serving = Pick<RatingsBayes, "adapt" | "score" | "rate" | "predict">;

function serving(catalogue: Catalogue, people: People, { embeddingSize }: RatingsConfig): Serving {
  const width = embeddingSize + 1;
  const adaptFor = memo((shots: number) => ratingsAdaptProgram(embeddingSize, shots));
  const predictFor = memo((n: number) => ratingsPredictProgram(embeddingSize, n));
  const contents = new WeakMap<RatingsPrior, Float32Array>();
  const contentOf = (prior: RatingsPrior): Float32Array => {
    const all = Int32Array.from(catalogue.items.ids.keys());
    const known =
      contents.get(prior) ?? summedContent(catalogue.bags, { data: prior.tables.content, width }, all);
    contents.set(prior, known);
    return known;
  };
  const itemFeeds = (prior: RatingsPrior, items: Int32Array, room: number): Record<string, Float32Array> => {
    const { level, count } = itemLevels(catalogue.means, items);
    const fit = (values: Float32Array, size: number): Float32Array => {
      const out = new Float32Array(size);
      out.set(values);
      return out;
    };
    return {
      content: fit(gatherRows(contentOf(prior), width, items), room * width),
      id: fit(gatherRows(prior.tables.id, width, items), room * width),
      keep: fit(
        count.map((n) => Number(n > 0)),
        room,
      ),
      level: fit(level, room),
      count: fit(count, room),
    };
  };
  const predict: Serving["predict"] = async (prior, fitted, items) => {
    const room = bucketOf(items.length, 16);
    const program = await predictFor(room);
    const posterior = { mean: fitted.mean, covariance: fitted.covariance };
    const out = await program.run({
      params: prior.params,
      items: itemFeeds(prior, items, room),
      posterior,
    } as never);
    const { mean, deviation } = catalogue.means;
    const { mean: m, variance } = out as unknown as Prediction;
    return {
      mean: m.slice(0, items.length).map((x) => mean + deviation * x),
      variance: variance.slice(0, items.length).map((x) => x * deviation ** 2),
    };
  };
  const rate = async (prior: RatingsPrior, fitted: RatingsFitted, items: Int32Array): Promise<Float32Array> =>
    (await predict(prior, fitted, items)).mean;
  return {
    async adapt(prior, query) {
      const history = query.history;
      const items = history.items.slice(-MAX_EVENTS);
      const room = bucketOf(items.length, 8);
      const program = await adaptFor(room);
      const [value, mask] = [new Float32Array(room), new Float32Array(room)];
      history.values.slice(-MAX_EVENTS).forEach((v, i) => {
        value[i] = (v - catalogue.means.mean) / catalogue.means.deviation;
        mask[i] = 1;
      });
      const bags = encodeFeatures(people.encoder, query.features);
      const person = pool(bags, { data: prior.tables.person, width: tasteSize(embeddingSize) }, [0]);
      const shift = new Float32Array(tasteSize(embeddingSize));
      person.forEach((x, i) => {
        shift[i % shift.length]! += x;
      });
      const out = await program.run({
        params: prior.params,
        items: itemFeeds(prior, items, room),
        person: shift,
        value,
        mask,
      } as never);
      const { mean, covariance } = out as unknown as RatingsFitted;
      return [
        { query, mean, covariance },
        { events: items.length, tasteNorm: Math.hypot(...mean) },
      ];
    },
    score: rate,
    rate,
    predict,
  };
}
