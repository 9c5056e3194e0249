import type { Rng } from "../../base/rng.ts";
import type { History } from "../../data/query.ts";
import type { Bags } from "../../encoders/bags.ts";
import { encodeFeatures } from "../../encoders/encoder.ts";
import { itemLevels, type OwnEvents } from "../../encoders/item-means.ts";
import type { Task } from "../../tasks/task.ts";
import { bucketOf } from "../buckets.ts";
import type { MamlConfig } from "./maml-config.ts";
import type { BatchShape } from "./maml-programs.ts";
import { isWarm, type MamlTables, type MamlWorld, pooledParts } from "./maml-tables.ts";

/** A warm item's mean without the person's own event, in standard deviations, and that it is warm. */
export const levelWidth = 2;

/** A padded batch on the host. */
export interface MamlLayout {
  readonly shape: BatchShape;
  readonly feeds: Readonly<
    Record<string, Float32Array | Int32Array | Readonly<Record<string, Float32Array>>>
  >;
  /** Distinct items, and each task's attributes. */
  readonly items: Int32Array;
  readonly people: readonly Bags[];
}

/** Tasks as the tensors of a step. The random numbers decide which items are played as cold. */
export function layOutTasks(
  world: MamlWorld,
  tables: MamlTables,
  tasks: readonly Task[],
  rng: Rng,
): MamlLayout {
  const { catalogue, config } = world;
  const place = placesOf(tasks, config);
  const items = Int32Array.from(place.keys());
  const longest = Math.max(0, ...tasks.map((task) => task.support.items.length));
  const shape: BatchShape = {
    tasks: config.batchTasks,
    shots: bucketOf(Math.min(longest, config.maxShots), 8),
    query: config.maxQuery,
    items: bucketOf(items.length, 256),
  };
  const slots = emptySlots(shape, world.widths.level);
  tasks.forEach((task, i) => {
    const cold = rng.next() < config.coldTasks;
    const keepItem = (item: number): boolean =>
      !cold && isWarm(catalogue, item) && rng.next() >= config.idDropout;
    const at = i * (shape.shots + shape.query);
    const own = ownOf(task);
    const write = { slots, place, world, keepItem, ...(own && { own }) };
    writeEvents(latest(task.support, config.maxShots), at, write);
    writeEvents(first(task.query, config.maxQuery), at + shape.shots, write);
    slots.share[i] = 1 / tasks.length;
  });
  const people = tasks.map((task) => encodeFeatures(world.people, task.features));
  const parts = pooledParts(world, tables, { items, people, shape });
  return { shape, feeds: { ...slots, parts }, items, people };
}

interface Slots {
  readonly rows: Int32Array;
  readonly keep: Float32Array;
  readonly level?: Float32Array;
  readonly value: Float32Array;
  readonly mask: Float32Array;
  readonly share: Float32Array;
}

function emptySlots({ tasks, shots, query }: BatchShape, level: number): Slots {
  const size = tasks * (shots + query);
  return {
    rows: new Int32Array(size),
    keep: new Float32Array(size),
    ...(level > 0 && { level: new Float32Array(size * level) }),
    value: new Float32Array(size),
    mask: new Float32Array(size),
    share: new Float32Array(tasks),
  };
}

interface Write {
  readonly slots: Slots;
  readonly place: ReadonlyMap<number, number>;
  readonly world: MamlWorld;
  readonly keepItem: (item: number) => boolean;
  readonly own?: OwnEvents;
}

function ownOf({ user, own }: Task): OwnEvents | undefined {
  return user === undefined || own === undefined ? undefined : { user, history: own };
}

/** What others said of items. `[items, levelWidth]`, zeros for cold ones */
export function levelsOf(
  { catalogue, levelPrior }: Pick<MamlWorld, "catalogue" | "levelPrior">,
  items: Int32Array,
  own?: OwnEvents,
): Float32Array {
  const warm = Int32Array.from(items.keys()).filter((i) => isWarm(catalogue, items[i]!));
  const { level } = itemLevels(
    catalogue.means,
    levelPrior,
    warm.map((i) => items[i]!),
    own,
  );
  const out = new Float32Array(items.length * levelWidth);
  warm.forEach((i, at) => out.set([level[at]!, 1], i * levelWidth));
  return out;
}

function writeEvents(history: History, at: number, { slots, place, world, keepItem, own }: Write): void {
  const { mean, deviation } = world.catalogue.means;
  slots.level?.set(levelsOf(world, history.items, own), at * levelWidth);
  history.items.forEach((item, j) => {
    slots.rows[at + j] = place.get(item)!;
    slots.keep[at + j] = Number(keepItem(item));
    slots.value[at + j] = (history.values[j]! - mean) / deviation;
    slots.mask[at + j] = 1;
  });
}

/** The last `n` events. */
export function latest({ items, values }: History, n: number): History {
  return {
    items: items.subarray(Math.max(0, items.length - n)),
    values: values.subarray(Math.max(0, items.length - n)),
  };
}

function first({ items, values }: History, n: number): History {
  return { items: items.subarray(0, n), values: values.subarray(0, n) };
}

/** Position of each distinct item of the batch. */
function placesOf(tasks: readonly Task[], { maxShots, maxQuery }: MamlConfig): ReadonlyMap<number, number> {
  const place = new Map<number, number>();
  for (const { support, query } of tasks) {
    for (const { items } of [latest(support, maxShots), first(query, maxQuery)])
      for (const item of items) if (!place.has(item)) place.set(item, place.size);
  }
  return place;
}
