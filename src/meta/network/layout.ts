import type { Rng } from "../../base/rng.ts";
import { encodeFeatures } from "../../encoders/encoder.ts";
import type { OwnEvents } from "../../encoders/item-means.ts";
import type { Task } from "../../tasks/task.ts";
import { bucketOf } from "../buckets.ts";
import type { BatchShape } from "./batch.ts";
import { partNames } from "./part-names.ts";
import { earliest, isWarm, latest, levelsOf, type Slots, supportSlots, withNegatives } from "./slots.ts";
import { type Embedded, embed, partWidth, type Tables } from "./tables.ts";
import type { NetworkWorld } from "./world.ts";

/** A padded batch on the host. */
export interface Layout {
  readonly shape: BatchShape;
  readonly feeds: Readonly<
    Record<string, Float32Array | Int32Array | Readonly<Record<string, Float32Array>>>
  >;
  readonly embedded: Embedded;
}

/** Support and query of a task, with the stream that decides which items are played as cold. */
interface Laid {
  readonly task: Task;
  readonly support: Slots;
  readonly query: Slots;
  readonly rng: Rng;
}

/** Tasks as the tensors of a step. Everything random is drawn from `rngOf(task)`. */
export function layOutTasks(
  world: NetworkWorld,
  tables: Tables,
  tasks: readonly Task[],
  rngOf: (task: Task, position: number) => Rng,
): Layout {
  const laid = tasks.map((task, i) => layOut(world, task, rngOf(task, i)));
  const items = placesOf(
    laid.flatMap(({ task, support, query }) => [[task.item ?? -1], support.items, query.items]),
  );
  const users = placesOf(laid.flatMap(({ support, query }) => [support.users ?? [], query.users ?? []]));
  const shape = shapeOf(world, laid, { items: items.size, users: users.size });
  const slots = emptySlots(world, shape);
  laid.forEach((one, i) => writeTask(world, slots, one, { index: i, shape, items, users }));
  slots.share.fill(1 / tasks.length, 0, tasks.length);
  const embedded = {
    items: Int32Array.from(items.keys()),
    users: Int32Array.from(users.keys()),
    people: world.users ? [] : tasks.map((task) => encodeFeatures(world.people, task.features)),
  };
  return { shape, feeds: { ...slots, parts: partsOf(world, tables, embedded, shape) }, embedded };
}

function layOut(world: NetworkWorld, task: Task, rng: Rng): Laid {
  const { config } = world;
  const [support, query] = [latest(task.support, config.maxShots), earliest(task.query, config.maxQuery)];
  const known = [...(task.own ?? task.support).items, ...task.support.items, ...task.query.items];
  const drawn = rng.split("negatives");
  return {
    task,
    rng,
    support: supportSlots(world, support, { known, rng: drawn.split("support") }),
    query: withNegatives(world, query, { known, rng: drawn.split("query") }),
  };
}

/** Position of each distinct row. */
function placesOf(lists: readonly ArrayLike<number>[]): ReadonlyMap<number, number> {
  const place = new Map<number, number>();
  for (const rows of lists)
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!;
      if (row >= 0 && !place.has(row)) place.set(row, place.size);
    }
  return place;
}

function shapeOf(
  { config, model, users: table }: NetworkWorld,
  laid: readonly Laid[],
  distinct: { readonly items: number; readonly users: number },
): BatchShape {
  const { batchTasks: tasks, maxShots, maxQuery, negatives } = config;
  const each = 1 + negatives;
  const longest = Math.max(0, ...laid.map(({ task }) => Math.min(task.support.items.length, maxShots)));
  return {
    tasks,
    shots: bucketOf(longest, 8) * (model.readsSupport ? 1 : each),
    query: maxQuery * each,
    items: bucketOf(distinct.items, 256),
    users: table === undefined ? tasks : bucketOf(distinct.users, 256),
  };
}

/** What a batch is fed besides parameters and embeddings; `[tasks, shots + query]` unless told. */
interface Feeds {
  readonly [name: string]: Float32Array | Int32Array;
  readonly rows: Int32Array;
  readonly keep: Float32Array;
  readonly value: Float32Array;
  readonly mask: Float32Array;
  /** `[tasks]` */
  readonly share: Float32Array;
}

function emptySlots({ config, spec, users }: NetworkWorld, { tasks, shots, query }: BatchShape): Feeds {
  const size = tasks * (shots + query);
  return {
    rows: new Int32Array(size),
    keep: new Float32Array(size),
    ...(users && { userRows: new Int32Array(size) }),
    ...(spec.dense > 0 && { dense: new Float32Array(size * spec.dense) }),
    ...(config.about === "item" && { subject: new Int32Array(tasks) }),
    value: new Float32Array(size),
    mask: new Float32Array(size),
    share: new Float32Array(tasks),
  };
}

interface Places {
  /** Position of the task. */
  readonly index: number;
  readonly shape: BatchShape;
  readonly items: ReadonlyMap<number, number>;
  readonly users: ReadonlyMap<number, number>;
}

function writeTask(
  world: NetworkWorld,
  feeds: Feeds,
  { task, support, query, rng }: Laid,
  places: Places,
): void {
  const { index, shape, items } = places;
  const { coldTasks, idDropout } = world.config;
  const cold = rng.next() < coldTasks;
  const keep = (item: number): boolean => !cold && isWarm(world, item) && rng.next() >= idDropout;
  const own =
    task.user === undefined || task.own === undefined ? undefined : { user: task.user, history: task.own };
  const at = index * (shape.shots + shape.query);
  const write = { world, feeds, places, keep, ...(own && { own }) };
  writeEvents(support, at, write);
  writeEvents(query, at + shape.shots, write);
  const { subject } = feeds;
  if (subject !== undefined) subject[index] = items.get(task.item ?? -1) ?? 0;
}

interface Write {
  readonly world: NetworkWorld;
  readonly feeds: Feeds;
  readonly places: Places;
  readonly keep: (item: number) => boolean;
  readonly own?: OwnEvents;
}

function writeEvents(events: Slots, at: number, { world, feeds, places, keep, own }: Write): void {
  const { dense, userRows } = feeds;
  if (dense !== undefined) dense.set(levelsOf(world, events.items, own), at * world.spec.dense);
  for (let j = 0; j < events.items.length; j++) {
    const item = events.items[j]!;
    feeds.rows[at + j] = places.items.get(item)!;
    feeds.keep[at + j] = Number(keep(item) && events.unknown?.[j] !== 1);
    feeds.value[at + j] = events.targets[j]!;
    feeds.mask[at + j] = events.weights?.[j] ?? 1;
    if (userRows !== undefined) userRows[at + j] = places.users.get(events.users?.[j] ?? -1) ?? 0;
  }
}

/** Pooled embeddings of the parts that have any, padded to the shape. */
function partsOf(
  world: NetworkWorld,
  tables: Tables,
  embedded: Embedded,
  shape: BatchShape,
): Readonly<Record<string, Float32Array>> {
  const present = partNames.filter((name) => partWidth(world, name) > 0);
  const room = { user: shape.users, userId: shape.users, item: shape.items, itemId: shape.items };
  return Object.fromEntries(
    present.map((name) => [name, embed(world, tables, name, { ...embedded, room: room[name] })]),
  );
}
