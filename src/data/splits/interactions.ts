import type { Interactions } from "../dataset.ts";

/** The given rows of interactions, in the given order. */
export function selectRows(interactions: Interactions, rows: ArrayLike<number>): Interactions {
  const { user, item, value, time } = interactions;
  const picked = {
    user: Int32Array.from(rows, (row) => user[row]!),
    item: Int32Array.from(rows, (row) => item[row]!),
    value: Float32Array.from(rows, (row) => value[row]!),
  };
  return time === undefined ? picked : { ...picked, time: Float64Array.from(rows, (row) => time[row]!) };
}

/** The rows for which `keep` holds, and the others; both in order. */
export function partitionRows(
  interactions: Interactions,
  keep: (row: number) => boolean,
): { kept: Interactions; rest: Interactions } {
  const rows: number[] = [];
  const others: number[] = [];
  for (let row = 0; row < interactions.user.length; row++) (keep(row) ? rows : others).push(row);
  return { kept: selectRows(interactions, rows), rest: selectRows(interactions, others) };
}

/** Rows of interactions grouped by user: those of user `u` are `order[offsets[u] .. offsets[u + 1])`. */
export interface Histories {
  /** `[users + 1]` */
  readonly offsets: Int32Array;
  /** `[events]` */
  readonly order: Int32Array;
}

/**
 * Everybody's events in time order, ties (and all events of a source without times) by row order.
 *
 * @example const { offsets, order } = historiesByUser(train, dataset.users.ids.length);
 *          const mine = order.subarray(offsets[user], offsets[user + 1]);
 */
export function historiesByUser(interactions: Interactions, userCount: number): Histories {
  const { user, time } = interactions;
  const offsets = new Int32Array(userCount + 1);
  for (const u of user) offsets[u + 1]!++;
  for (let u = 0; u < userCount; u++) offsets[u + 1]! += offsets[u]!;
  const next = offsets.slice(0, userCount);
  const order = new Int32Array(user.length);
  for (let row = 0; row < user.length; row++) order[next[user[row]!]!++] = row;
  if (time === undefined) return { offsets, order };
  for (let u = 0; u < userCount; u++) {
    order.subarray(offsets[u], offsets[u + 1]).sort((a, b) => time[a]! - time[b]! || a - b);
  }
  return { offsets, order };
}

/** Events per item. `[itemCount]` */
export function itemCounts(interactions: Interactions, itemCount: number): Int32Array {
  return countRows(interactions.item, itemCount);
}

/** Events per user. `[userCount]` */
export function userCounts(interactions: Interactions, userCount: number): Int32Array {
  return countRows(interactions.user, userCount);
}

function countRows(rows: Int32Array, count: number): Int32Array {
  const counts = new Int32Array(count);
  for (const row of rows) counts[row]!++;
  return counts;
}

/** The rows that occur at least once, ascending. */
export function presentRows(counts: Int32Array): Int32Array {
  const present: number[] = [];
  for (const [row, count] of counts.entries()) if (count > 0) present.push(row);
  return Int32Array.from(present);
}
