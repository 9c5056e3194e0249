import type { Dataset } from "../data/dataset.ts";

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

function positions(count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, row) => row);
}
