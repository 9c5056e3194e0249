import type { TrainingDataset } from "../data/splits/training.ts";
import type { Case, Protocol } from "./protocols/protocol.ts";

/** Sorts people into groups, so that means hide nobody. */
export interface PeopleGrouping {
  readonly of: "people";
  readonly name: string;
  /** Undefined for who belongs to no group. */
  groupOf(one: Case): string | undefined;
}

/** Sorts items into groups: each group is measured as if its items were the only used ones. */
export interface ItemGrouping {
  readonly of: "items";
  readonly name: string;
  readonly groups: readonly string[];
  groupOf(item: number): string | undefined;
}

export type Grouping = PeopleGrouping | ItemGrouping;

/**
 * People by a category of theirs, such as gender; who gives none, or several values, is in no group.
 *
 * @example byFeature("gender").groupOf(one); // "F"
 */
export function byFeature(name: string): PeopleGrouping {
  const groupOf = ({ query }: Case): string | undefined => {
    const value = query.features?.[name];
    return typeof value === "string" ? value : undefined;
  };
  return { of: "people", name, groupOf };
}

/**
 * People by how many of their events are known: 0-9, 10-99 and 100+ unless told.
 *
 * @param edges ascending; each begins a group
 * @example byHistoryLength().groupOf(one); // "10-99"
 */
export function byHistoryLength(edges: readonly number[] = [10, 100]): PeopleGrouping {
  const starts = [0, ...edges];
  const names = starts.map((from, i) => {
    const next = starts[i + 1];
    return next === undefined ? `${from}+` : `${from}-${next - 1}`;
  });
  const groupOf = ({ query }: Case): string | undefined =>
    names[starts.findLastIndex((from) => query.history.items.length >= from)];
  return { of: "people", name: "history", groupOf };
}

/** Items with a training event are warm, the others cold. */
export function coldAndWarm({ warmItems }: TrainingDataset): ItemGrouping {
  const warm = new Set(warmItems);
  const groupOf = (item: number): string => (warm.has(item) ? "warm" : "cold");
  return { of: "items", name: "items", groups: ["cold", "warm"], groupOf };
}

/** A category with more values than this makes no readable groups. */
const MOST_GROUPS = 12;

/** Every user attribute of few categories, the length of the history where it differs, and cold against warm items. */
export function defaultGroupings({ train, groups }: Protocol): Grouping[] {
  const features = Object.entries(train.users.columns)
    .filter(([, { kind, values }]) => kind === "categorical" && hasFew(values))
    .map(([name]) => byFeature(name));
  const lengths = byHistoryLength();
  const differ = groups.some(({ cases }) => new Set(cases.map((one) => lengths.groupOf(one))).size > 1);
  const items = coldAndWarm(train);
  const both = groups.some(({ cases }) => {
    const found = new Set(cases.flatMap(({ truth }) => Array.from(truth.items, items.groupOf)));
    return found.size > 1;
  });
  return [...features, ...(differ ? [lengths] : []), ...(both ? [items] : [])];
}

function hasFew(values: ArrayLike<unknown>): boolean {
  const distinct = new Set(Array.from(values).filter((value) => value !== undefined));
  return distinct.size > 1 && distinct.size <= MOST_GROUPS;
}
