import { check } from "../base/errors.ts";
import type { Dataset } from "../data/dataset.ts";
import type { History } from "../data/query.ts";
import type { Links } from "./als/plan.ts";

/** Events grouped by user or item: the events of key k are `rows[offsets[k]]` to before `rows[offsets[k + 1]]`. */
export interface Groups {
  /** `[keys + 1]` */
  readonly offsets: Int32Array;
  /** `[events]` positions in the interactions, in their order within a group. */
  readonly rows: Int32Array;
}

/** Groups the positions of `keys` by a counting sort; `rows`, where given, says which positions take part. */
export function groupBy(keys: Int32Array, count: number, rows: Int32Array = positions(keys.length)): Groups {
  const offsets = new Int32Array(count + 1);
  for (const row of rows) offsets[keys[row]! + 1]!++;
  for (let key = 0; key < count; key++) offsets[key + 1]! += offsets[key]!;
  const next = offsets.slice(0, count);
  const grouped = new Int32Array(rows.length);
  for (const row of rows) grouped[next[keys[row]!]!++] = row;
  return { offsets, rows: grouped };
}

/** Calls `visit` with every position of one group. */
export function eachOf({ offsets, rows }: Groups, key: number, visit: (row: number) => void): void {
  for (let at = offsets[key]!; at < offsets[key + 1]!; at++) visit(rows[at]!);
}

/** Positions of the events whose value counts as a like. */
export function likedRows({ interactions, scale }: Dataset): Int32Array {
  return positions(interactions.value.length).filter((row) => interactions.value[row]! >= scale.liked);
}

/** Likes an item. `[items]` */
export function likeCounts(train: Dataset): Float32Array {
  const counts = new Float32Array(train.items.ids.length);
  for (const row of likedRows(train)) counts[train.interactions.item[row]!]!++;
  return counts;
}

/** The number of an item, or `missing` for items that came after training. `[rows.length]` */
export function pick(perItem: Float32Array, rows: Int32Array, missing: number): Float32Array {
  const picked = new Float32Array(rows.length);
  for (let at = 0; at < rows.length; at++) picked[at] = perItem[rows[at]!] ?? missing;
  return picked;
}

/** Each number as a share of the largest one. */
export function shareOfMost(counts: Float32Array): Float32Array {
  const most = counts.reduce((max, n) => Math.max(max, n), 1);
  return counts.map((n) => n / most);
}

/** Items of a history that were liked and have been there in training. */
export function likedItems({ items, values }: History, liked: number, count: number): Int32Array {
  return items.filter((item, at) => item < count && values[at]! >= liked);
}

/**
 * The likes of training, by user and by item.
 *
 * @throws DATA when there is none
 */
export function likesOf(train: Dataset): { readonly byUser: Links; readonly byItem: Links } {
  const { user, item } = train.interactions;
  const rows = likedRows(train);
  check(rows.length > 0, "DATA", () => ({ where: train.name, expected: "training likes", got: "none" }));
  const links = (keys: Int32Array, others: Int32Array, count: number): Links => {
    const groups = groupBy(keys, count, rows);
    return { offsets: groups.offsets, others: groups.rows.map((row) => others[row]!) };
  };
  return {
    byUser: links(user, item, train.users.ids.length),
    byItem: links(item, user, train.items.ids.length),
  };
}

function positions(count: number): Int32Array {
  const rows = new Int32Array(count);
  for (let row = 0; row < count; row++) rows[row] = row;
  return rows;
}
