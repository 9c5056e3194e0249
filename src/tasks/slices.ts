import { createRng, type Rng } from "../base/rng.ts";
import type { Interactions } from "../data/dataset.ts";
import type { History } from "../data/query.ts";
import { eventsOf, selectEvents } from "./source.ts";
import type { Task, TaskConfig } from "./task.ts";

export interface SliceOptions {
  /** Items of a slice whose events are its support, and items that it asks about. */
  readonly support: number;
  readonly query: number;
}

/** Slices of a catalogue as tasks, described first and built later. A subject is the position of a slice in its epoch. */
export interface Slices {
  /** A random partition of the items; what does not fill a slice waits for another epoch. */
  sample(rng: Rng): TaskConfig[];
  build(config: TaskConfig): Task;
}

/**
 * Slices: a handful of items and everybody's events with them. The support is what people did with some of the items, the
 * query what they did with the others, which are new to everyone: many people adapt, and few items have to be encoded.
 * Events carry `users`.
 *
 * @param items rows that slices are made of
 * @example const slices = catalogueSlices(train.interactions, warmItems, { support: 64, query: 64 });
 */
export function catalogueSlices(
  interactions: Interactions,
  items: Int32Array,
  { support, query }: SliceOptions,
): Slices {
  const between = sliceBetween(interactions);
  const size = support + query;
  return {
    sample(rng) {
      const seed = String(rng.int(2 ** 31));
      const count = Math.floor(items.length / size);
      return Array.from({ length: count }, (_, subject) => ({ subject, shots: support, seed }));
    },
    build({ subject, shots, seed }) {
      const order = createRng(seed).shuffle(items);
      const own = order.slice(subject * size, (subject + 1) * size);
      return between(`slice ${subject} of ${seed}`, own.slice(0, shots), own.slice(shots));
    },
  };
}

/**
 * A slice whose items are given: those of the support and those of the query.
 *
 * @example const valid = sliceBetween(train.interactions)("valid", warm, heldOut);
 */
export function sliceBetween(
  interactions: Interactions,
): (id: string, support: ArrayLike<number>, query: ArrayLike<number>) => Task {
  const eventsWith = eventsByItem(interactions);
  return (id, support, query) => ({ id, support: eventsWith(support), query: eventsWith(query) });
}

/** Everybody's events with some items, item by item. */
function eventsByItem(interactions: Interactions): (items: ArrayLike<number>) => History {
  const all = eventsOf(interactions, "with users");
  const rows = new Map<number, number[]>();
  interactions.item.forEach((item, row) => {
    const own = rows.get(item);
    if (own === undefined) rows.set(item, [row]);
    else own.push(row);
  });
  return (items) =>
    selectEvents(
      all,
      Array.from(items).flatMap((item) => rows.get(item) ?? []),
    );
}
