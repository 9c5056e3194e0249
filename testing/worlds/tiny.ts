import { type Column, createDataset, type Dataset, type Scale } from "../../src/data/dataset.ts";

/** User row, item row, value and, where the world has times, unix time in seconds. */
export type TinyEvent = readonly [user: number, item: number, value: number, time?: number];

export interface TinyOptions {
  readonly users: number;
  readonly items: number;
  readonly itemColumns?: Readonly<Record<string, Column>>;
  readonly userColumns?: Readonly<Record<string, Column>>;
  /** 1 to 5, liked from 4, unless told. */
  readonly scale?: Scale;
}

/**
 * A world written out event by event, small enough to compute its answers by hand.
 *
 * @example const world = tinyWorld([[0, 0, 5], [1, 0, 1]], { users: 2, items: 1 });
 */
export function tinyWorld(events: readonly TinyEvent[], options: TinyOptions): Dataset {
  const { users, items, itemColumns = {}, userColumns = {} } = options;
  const timed = events.some(([, , , time]) => time !== undefined);
  return createDataset({
    name: "tiny",
    users: { ids: Array.from({ length: users }, (_, u) => `u${u}`), columns: userColumns },
    items: { ids: Array.from({ length: items }, (_, i) => `i${i}`), columns: itemColumns },
    interactions: {
      user: Int32Array.from(events, ([user]) => user),
      item: Int32Array.from(events, ([, item]) => item),
      value: Float32Array.from(events, ([, , value]) => value),
      ...(timed ? { time: Float64Array.from(events, ([, , , time]) => time ?? Number.NaN) } : {}),
    },
    scale: options.scale ?? { min: 1, max: 5, liked: 4 },
    synthetic: true,
  });
}
