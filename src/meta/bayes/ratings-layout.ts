import type { Rng } from "../../base/rng.ts";
import { type Bags, usedTokens } from "../../encoders/bags.ts";
import { itemLevels } from "../../encoders/item-means.ts";
import type { RatingsKnowledge } from "../../encoders/ratings-knowledge.ts";
import { type RatingsShape, tasteSize } from "../../models/ratings.ts";
import type { RowGradients } from "../../optim/index.ts";
import type { Task } from "../../tasks/task.ts";
import { bucketOf } from "../buckets.ts";
import { summedContent, summedContentGradient } from "./content.ts";
import type { RatingsConfig } from "./ratings-config.ts";
import { gatherRows, nearestLevel } from "./rows.ts";

/** Embeddings outside the programs: only the rows of a batch are fed. */
export interface RatingsTables {
  /** `[tokens of items, contentSize + 1]` */
  readonly content: Float32Array;
  /** `[items, factorSize]` */
  readonly factors: Float32Array;
  /** `[tokens of people, tasteSize]` */
  readonly person: Float32Array;
}

/** What is fixed while a head trains. */
export interface RatingsWorld {
  readonly knowledge: RatingsKnowledge;
  readonly shape: RatingsShape;
  readonly config: RatingsConfig;
  /** Bags of all items, and of all training people. */
  readonly items: Bags;
  readonly people: Bags;
}

export interface RatingsLayout {
  /** Items of the batch; the first is repeated at the end to fill the bucket. */
  readonly items: Int32Array;
  readonly distinct: number;
  /** Rows of the user table, -1 for somebody who is not in it. */
  readonly users: Int32Array;
  readonly feeds: Readonly<Record<string, Float32Array | Int32Array>>;
}

/** Tasks as the tensors of a step. The random numbers decide which tasks are played with cold items. */
export function layOutTasks(
  world: RatingsWorld,
  tables: RatingsTables,
  tasks: readonly Task[],
  rng: Rng,
): RatingsLayout {
  const { knowledge, shape, config } = world;
  const { means } = knowledge;
  const { batchTasks: b, maxShots, maxQuery } = config;
  const slots = maxShots + maxQuery;
  const { items, distinct, place } = distinctItems(tasks);
  const users = Int32Array.from(tasks, (task) => task.user ?? -1);
  const person = new Float32Array(b * tasteSize(shape));
  person.set(personShift(world.people, tables.person, users));
  const slot = (): Float32Array => new Float32Array(b * slots);
  const feeds = {
    content: summedContent(
      world.items,
      {
        data: tables.content,
        width: shape.contentSize + 1,
      },
      items,
    ),
    factors: gatherRows(tables.factors, shape.factorSize, items),
    predicted: gatherRows(knowledge.predictedFactors, shape.factorSize, items),
    presence: gatherRows(knowledge.presence.rows, shape.presenceSize, items),
    person,
    rows: new Int32Array(b * slots),
    rank: new Int32Array(b * slots),
    keep: slot(),
    level: slot(),
    count: slot(),
    spread: slot(),
    value: slot(),
    mask: slot(),
    levels: knowledge.levels.map((level) => (level - means.mean) / means.deviation),
  };
  tasks.forEach((task, i) => {
    const cold = rng.next() < config.coldTasks;
    const parts = [
      { history: task.support, at: i * slots, room: maxShots },
      { history: task.query, at: i * slots + maxShots, room: maxQuery },
    ];
    for (const part of parts) writeEvents(knowledge, feeds, { ...part, task, cold, place });
  });
  return { items, distinct, users, feeds };
}

type Slots = Record<"keep" | "level" | "count" | "spread" | "value" | "mask", Float32Array> &
  Record<"rows" | "rank", Int32Array>;

interface Part {
  readonly history: Task["support"];
  readonly at: number;
  readonly room: number;
  readonly task: Task;
  readonly cold: boolean;
  readonly place: ReadonlyMap<number, number>;
}

function writeEvents(
  knowledge: RatingsKnowledge,
  feeds: Slots,
  { history, at, room, task, cold, place }: Part,
): void {
  const { means, levels } = knowledge;
  const from = Math.max(0, history.items.length - room);
  const items = history.items.subarray(from);
  const own = task.own && task.user !== undefined ? { user: task.user, history: task.own } : undefined;
  const { level, count } = itemLevels(means, knowledge.predictedLevel, items, own);
  items.forEach((item, j) => {
    const value = history.values[from + j]!;
    const keep = Number(!cold && count[j]! > 0 && history.unknown?.[from + j] !== 1);
    feeds.rows[at + j] = place.get(item)!;
    feeds.rank[at + j] = nearestLevel(levels, value);
    feeds.keep[at + j] = keep;
    feeds.level[at + j] = keep === 1 ? level[j]! : knowledge.predictedLevel[item]!;
    feeds.count[at + j] = count[j]!;
    feeds.spread[at + j] = knowledge.levelVariance[item]!;
    feeds.value[at + j] = (value - means.mean) / means.deviation;
    feeds.mask[at + j] = history.weights?.[from + j] ?? 1;
  });
}

function distinctItems(tasks: readonly Task[]): {
  items: Int32Array;
  distinct: number;
  place: Map<number, number>;
} {
  const place = new Map<number, number>();
  for (const { support, query } of tasks) {
    for (const item of [...support.items, ...query.items]) if (!place.has(item)) place.set(item, place.size);
  }
  const found = Int32Array.from(place.keys());
  const items = new Int32Array(bucketOf(found.length, 256)).fill(found[0] ?? 0);
  items.set(found);
  return { items, distinct: found.length, place };
}

/** What people's attributes add to the prior mean of their taste; nothing for an unknown person (-1). */
function personShift(people: Bags, table: Float32Array, users: Int32Array): Float32Array {
  const width = table.length / Math.max(1, people.tokens);
  const known = users.filter((user) => user >= 0);
  const sums = summedContent(people, { data: table, width }, known);
  const out = new Float32Array(users.length * width);
  let next = 0;
  users.forEach((user, i) => {
    if (user >= 0) out.set(sums.subarray(next * width, ++next * width), i * width);
  });
  return out;
}

/** Gradients of the rows that a batch used, in each table. */
export function tableGradients(
  world: RatingsWorld,
  batch: RatingsLayout,
  grads: RatingsTables,
): Readonly<Record<keyof RatingsTables, RowGradients>> {
  const { factorSize, contentSize } = world.shape;
  const items = batch.items.slice(0, batch.distinct);
  const users = batch.users.filter((user) => user >= 0);
  const known = Array.from(batch.users.keys()).filter((i) => batch.users[i]! >= 0);
  const width = tasteSize(world.shape);
  return {
    content: bagRows(world.items, items, grads.content, contentSize + 1),
    factors: { rows: items, values: grads.factors.slice(0, batch.distinct * factorSize) },
    person: bagRows(world.people, users, gatherRows(grads.person, width, known), width),
  };
}

function bagRows(bags: Bags, rows: Int32Array, gradient: Float32Array, width: number): RowGradients {
  const tokens = usedTokens(bags, rows);
  const dense = new Float32Array(bags.tokens * width);
  summedContentGradient(bags, rows, gradient.subarray(0, rows.length * width), { data: dense, width });
  return { rows: tokens, values: gatherRows(dense, width, tokens) };
}
