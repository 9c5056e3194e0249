import type { Column } from "../../data/dataset.ts";
import { itemCounts } from "../../data/splits/interactions.ts";
import type { TrainingDataset } from "../../data/splits/training.ts";
import type { Figure, Metric, PooledMetric } from "./metric.ts";

/**
 * Mean self-information of the first k items, in bits: -log2((n_i + 1) / (users + 1)), n_i being the item's training
 * events (Zhou et al. 2010, with one added so that an item without events has a finite one).
 */
export function novelty(k: number, train: TrainingDataset): Metric {
  const counts = itemCounts(train.interactions, train.items.ids.length);
  const users = train.warmUsers.length;
  return ofList(`novelty@${k}`, k, (items) =>
    meanOf(items, (item) => -Math.log2(((counts[item] ?? 0) + 1) / (users + 1))),
  );
}

/** Mean popularity of the first k items: the item's training events over those of an average item with events. */
export function popularityBias(k: number, train: TrainingDataset): Metric {
  const counts = itemCounts(train.interactions, train.items.ids.length);
  const average = train.interactions.item.length / train.warmItems.length;
  return ofList(`popularity_bias@${k}`, k, (items) => meanOf(items, (item) => (counts[item] ?? 0) / average));
}

/**
 * Share of the first k items outside the head, the head being the most used items that have 80 % of the training events
 * together (Abdollahpouri et al. 2019).
 */
export function longTail(k: number, train: TrainingDataset): Metric {
  const counts = itemCounts(train.interactions, train.items.ids.length);
  const head = headOf(counts, 0.8 * train.interactions.item.length);
  return ofList(`long_tail@${k}`, k, (items) => meanOf(items, (item) => (head.has(item) ? 0 : 1)));
}

/**
 * Intra-list diversity: the mean over pairs of the first k items of 1 - |a and b| / |a or b|, their categorical
 * attributes taken as sets of values (Jaccard distance; items without any attribute are as far apart as can be). NaN
 * without such attributes, or for a list of one.
 */
export function diversity(k: number, train: TrainingDataset): Metric {
  const wordsOf = itemWords(train.items.columns);
  return ofList(`diversity@${k}`, k, (items) => {
    if (wordsOf === undefined) return Number.NaN;
    const sets = Array.from(items, wordsOf);
    let [sum, pairs] = [0, 0];
    sets.forEach((a, i) => {
      for (const b of sets.slice(i + 1)) {
        sum += jaccardDistance(a, b);
        pairs++;
      }
    });
    return sum / pairs;
  });
}

/** Share of all candidates that stand in anybody's first k. */
export function catalogueCoverage(k: number): PooledMetric {
  return ofLists(`catalogue_coverage@${k}`, k, (shown, catalogue) => shown.size / catalogue);
}

/**
 * Gini coefficient of exposure: how unequally places among the first k are spread over all candidates, 0 when each has as
 * many, near 1 when one has them all: sum_i (2 i - n - 1) x_i / (n sum_i x_i), x ascending.
 */
export function gini(k: number): PooledMetric {
  return ofLists(`gini@${k}`, k, (shown, catalogue) => {
    const places = Float64Array.from(shown.values()).sort();
    const never = catalogue - places.length;
    let [weighted, total] = [0, 0];
    places.forEach((x, at) => {
      weighted += (2 * (never + at + 1) - catalogue - 1) * x;
      total += x;
    });
    return weighted / (catalogue * total);
  });
}

/** A metric of one list of at most k items; NaN for an empty one. */
function ofList(name: string, k: number, summarise: (items: Int32Array) => number): Metric {
  return {
    name,
    reads: "ranking",
    depth: k,
    measure: ({ items }) => (items.length === 0 ? Number.NaN : summarise(items.subarray(0, k))),
  };
}

/** A figure of how often each item is shown in all lists. */
function ofLists(
  name: string,
  k: number,
  summarise: (shown: ReadonlyMap<number, number>, catalogue: number) => number,
): PooledMetric {
  const pool = (records: readonly Float64Array[], catalogue: number): Figure => {
    return (counts) => {
      const shown = new Map<number, number>();
      records.forEach((record, task) => {
        const count = counts[task]!;
        if (count === 0) return;
        for (const item of record) shown.set(item, (shown.get(item) ?? 0) + count);
      });
      return shown.size === 0 ? Number.NaN : summarise(shown, catalogue);
    };
  };
  const record = ({ items }: { items: Int32Array }) => Float64Array.from(items.subarray(0, k));
  return { name, reads: "ranking", depth: k, record, pool, collective: true };
}

function headOf(counts: Int32Array, events: number): ReadonlySet<number> {
  const order = Int32Array.from(counts.keys()).sort((a, b) => counts[b]! - counts[a]! || a - b);
  const head = new Set<number>();
  let sum = 0;
  for (const item of order) {
    if (sum >= events) break;
    sum += counts[item]!;
    head.add(item);
  }
  return head;
}

/** The attributes of an item as a set of "column=value"; undefined when the table has no attribute of categories. */
function itemWords(
  columns: Readonly<Record<string, Column>>,
): ((item: number) => ReadonlySet<string>) | undefined {
  const named = Object.entries(columns).filter(([, { kind }]) => kind === "categorical" || kind === "multi");
  if (named.length === 0) return undefined;
  const known = new Map<number, ReadonlySet<string>>();
  return (item) => {
    const found = known.get(item) ?? new Set(named.flatMap(([name, column]) => wordsAt(name, column, item)));
    known.set(item, found);
    return found;
  };
}

function wordsAt(name: string, { kind, values }: Column, item: number): string[] {
  const value = values[item];
  if (kind === "multi" && Array.isArray(value)) return value.map((word) => `${name}=${String(word)}`);
  return typeof value === "string" ? [`${name}=${value}`] : [];
}

function jaccardDistance(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let both = 0;
  for (const word of a) if (b.has(word)) both++;
  const either = a.size + b.size - both;
  return either === 0 ? 1 : 1 - both / either;
}

function meanOf(items: Int32Array, of: (item: number) => number): number {
  let sum = 0;
  for (const item of items) sum += of(item);
  return sum / items.length;
}
