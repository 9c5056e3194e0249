import type { Column, Dataset, Table } from "./dataset.ts";
import { itemCounts, presentRows, userCounts } from "./splits/interactions.ts";
import { wordsAt } from "./vocabulary.ts";

/** How many (users, events) lie in `from .. to`, both included. */
export interface Bucket {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

export interface FeatureSummary {
  readonly side: "users" | "items";
  readonly name: string;
  readonly kind: Column["kind"];
  /** Share of the rows that have it. */
  readonly coverage: number;
  /** Different values (of text: words). */
  readonly distinct: number;
  /** Of a vector: how many numbers. */
  readonly width?: number;
}

/** What a data set looks like, as data. */
export interface DatasetDescription {
  readonly name: string;
  readonly synthetic: boolean;
  readonly hash: string;
  readonly users: number;
  readonly items: number;
  readonly events: number;
  /** Those with at least one event. */
  readonly activeUsers: number;
  readonly usedItems: number;
  /** Share of the user-item pairs without an event. */
  readonly sparsity: number;
  /** Events per active user. */
  readonly shots: { readonly mean: number; readonly median: number; readonly histogram: readonly Bucket[] };
  /** Share of all events that fall on the most used tenth of the used items. */
  readonly headShare: number;
  readonly values: {
    readonly mean: number;
    readonly likedShare: number;
    readonly histogram: readonly Bucket[];
  };
  /** Unix time in seconds. */
  readonly time?: { readonly from: number; readonly to: number };
  readonly features: readonly FeatureSummary[];
}

/** @example formatDescription(describeDataset(dataset)) */
export function describeDataset(dataset: Dataset): DatasetDescription {
  const { name, synthetic, hash, users, items, interactions } = dataset;
  const events = interactions.user.length;
  const perUser = userCounts(interactions, users.ids.length).filter((count) => count > 0);
  const perItem = itemCounts(interactions, items.ids.length);
  return {
    name,
    synthetic,
    hash,
    users: users.ids.length,
    items: items.ids.length,
    events,
    activeUsers: perUser.length,
    usedItems: presentRows(perItem).length,
    sparsity: 1 - events / Math.max(1, users.ids.length * items.ids.length),
    shots: {
      mean: events / Math.max(1, perUser.length),
      median: median(perUser),
      histogram: shotBuckets(perUser),
    },
    headShare: headShare(perItem),
    values: describeValues(dataset),
    ...(interactions.time && { time: span(interactions.time) }),
    features: [...describeTable(users, "users"), ...describeTable(items, "items")],
  };
}

function median(values: Int32Array): number {
  const sorted = values.slice().sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

const shotLimits = [1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000, Number.POSITIVE_INFINITY];

function shotBuckets(perUser: Int32Array): Bucket[] {
  const buckets = shotLimits.slice(0, -1).map((from, i) => {
    const to = shotLimits[i + 1]! - 1;
    return { from, to, count: perUser.filter((count) => count >= from && count <= to).length };
  });
  const last = buckets.findLastIndex(({ count }) => count > 0);
  return buckets.slice(
    buckets.findIndex(({ count }) => count > 0),
    last + 1,
  );
}

function headShare(perItem: Int32Array): number {
  const sorted = perItem
    .filter((count) => count > 0)
    .sort()
    .reverse();
  const sum = (counts: Int32Array): number => counts.reduce((total, count) => total + count, 0);
  return sum(sorted.subarray(0, Math.ceil(sorted.length / 10))) / Math.max(1, sum(sorted));
}

const mostValues = 12;

function describeValues({ interactions, scale }: Dataset): DatasetDescription["values"] {
  const { value } = interactions;
  const counts = new Map<number, number>();
  for (const v of value) counts.set(v, (counts.get(v) ?? 0) + 1);
  const liked = value.filter((v) => v >= scale.liked).length;
  const exact = [...counts].sort(([a], [b]) => a - b).map(([v, count]) => ({ from: v, to: v, count }));
  return {
    mean: value.reduce((sum, v) => sum + v, 0) / Math.max(1, value.length),
    likedShare: liked / Math.max(1, value.length),
    histogram: exact.length <= mostValues ? exact : tenths(value, scale.min, scale.max),
  };
}

function tenths(values: Float32Array, min: number, max: number): Bucket[] {
  const counts = new Array<number>(10).fill(0);
  for (const v of values) counts[Math.min(9, Math.floor(((v - min) / (max - min)) * 10))]!++;
  const edge = (i: number): number => min + ((max - min) * i) / 10;
  return counts.map((count, i) => ({ from: edge(i), to: edge(i + 1), count }));
}

function span(time: Float64Array): { from: number; to: number } {
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const t of time) [from, to] = [Math.min(from, t), Math.max(to, t)];
  return { from, to };
}

function describeTable(table: Table, side: "users" | "items"): FeatureSummary[] {
  return Object.entries(table.columns).map(([name, column]) => {
    const distinct = new Set<string | number>();
    let filled = 0;
    for (let row = 0; row < table.ids.length; row++) {
      const values =
        column.kind === "numeric" || column.kind === "vector" ? numbersAt(column, row) : wordsAt(column, row);
      if (values.length > 0) filled++;
      for (const value of values) distinct.add(value);
    }
    const coverage = filled / Math.max(1, table.ids.length);
    const width = column.kind === "vector" ? { width: column.width } : {};
    return { side, name, kind: column.kind, coverage, distinct: distinct.size, ...width };
  });
}

/** The number of a row, or the first of its vector: enough to tell how many differ. */
function numbersAt(column: Extract<Column, { kind: "numeric" | "vector" }>, row: number): number[] {
  const at = column.kind === "vector" ? row * column.width : row;
  return [column.values[at]!].filter((value) => !Number.isNaN(value));
}
