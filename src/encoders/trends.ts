import type { Dataset } from "../data/dataset.ts";
import type { History } from "../data/query.ts";

const DAY = 86_400;
const YEAR = 365.25 * DAY;
/** Half-lives of the decayed counts, in days. */
const HALF_LIVES = [1, 3, 7, 14, 30, 90] as const;
const H = HALF_LIVES.length;
/** 2 H decayed counts, 2 counts so far, share of likes, 4 of age. */
const TIMED = 2 * H + 7;
const TOTALS = 3;
/** Numbers `trendsAt` gives for one item. */
export const trendWidth: number = TIMED + TOTALS;

/**
 * What was popular when: for every training event of an item, its exponentially decayed counts right after the event.
 * Plain data; `freezeTrends` keeps the last event of each item only, which is what a served model needs.
 */
export interface Trends {
  /** Events of item `i` are `offsets[i] .. offsets[i + 1]`, in time order. `[items + 1]` */
  readonly offsets: Int32Array;
  /** Unix time in seconds. `[events]` */
  readonly times: Float64Array;
  /** Decayed counts of likes, then of all events, just after the event. `[events, 2 H]` */
  readonly sums: Float32Array;
  /** Likes and events of the item up to and with this one. `[events, 2]` */
  readonly counts: Int32Array;
  /** Likes and events of the item in all of training. `[items, 2]` */
  readonly totals: Int32Array;
  /** Start of the item's year, unix time in seconds; NaN when unknown. `[items]` */
  readonly released: Float64Array;
  /** First grid point, unix time in seconds; NaN when training has no times. */
  readonly origin: number;
  /** Requests are clamped to this: from the first training event to a day after the last. */
  readonly span: readonly [start: number, end: number];
  /** Mean and standard deviation of each number. `[2, trendWidth]` */
  readonly standard: Float32Array;
}

/** Requests are placed on a grid of six hours: only events strictly before the grid point are seen. */
export const trendGrid: number = 6 * 3600;

export interface TrendOptions {
  /** Name of the numeric item column with the year of release, if there is one. */
  readonly year?: string;
  /** The items over which numbers are standardised; all by default. */
  readonly catalogue?: Int32Array;
}

/** Learns trends from training events only. */
export function fitTrends(train: Dataset, options: TrendOptions = {}): Trends {
  const { year = "year", catalogue = Int32Array.from(train.items.ids.keys()) } = options;
  const { items, interactions, scale } = train;
  const { item, value, time } = interactions;
  const order = Array.from(item.keys()).sort(
    (a, b) => item[a]! - item[b]! || (time ? time[a]! - time[b]! : 0) || a - b,
  );
  const parts = allocate(items.ids.length, item.length);
  order.forEach((row, e) => {
    const i = item[row]!;
    parts.offsets[i + 1] = e + 1;
    recordEvent(parts, e, { item: i, time: time?.[row] ?? 0, liked: value[row]! >= scale.liked });
  });
  for (let i = 0; i < items.ids.length; i++)
    parts.offsets[i + 1] = Math.max(parts.offsets[i + 1]!, parts.offsets[i]!);
  const column = items.columns[year];
  const released = Float64Array.from(items.ids, (_, i) =>
    column?.kind === "numeric" ? (column.values[i]! - 1970) * YEAR : Number.NaN,
  );
  const timed = time !== undefined && time.length > 0;
  const origin = timed ? min(time) : Number.NaN;
  const span = [origin, timed ? max(time) + DAY : Number.NaN] as const;
  const raw: Trends = { ...parts, released, origin, span, standard: unitStandard() };
  return { ...raw, standard: measureStandard(raw, catalogue) };
}

interface EventParts {
  readonly offsets: Int32Array;
  readonly times: Float64Array;
  readonly sums: Float32Array;
  readonly counts: Int32Array;
  readonly totals: Int32Array;
}

function allocate(items: number, events: number): EventParts {
  return {
    offsets: new Int32Array(items + 1),
    times: new Float64Array(events),
    sums: new Float32Array(events * 2 * H),
    counts: new Int32Array(events * 2),
    totals: new Int32Array(items * 2),
  };
}

/** Events must come item by item, in time order. */
function recordEvent(
  parts: EventParts,
  e: number,
  event: { item: number; time: number; liked: boolean },
): void {
  const { totals, counts, sums, times } = parts;
  const at = event.item * 2;
  const first = totals[at + 1] === 0;
  totals[at]! += Number(event.liked);
  totals[at + 1]!++;
  times[e] = event.time;
  counts[e * 2] = totals[at]!;
  counts[e * 2 + 1] = totals[at + 1]!;
  for (let h = 0; h < H; h++) {
    const decay = first ? 0 : decayOver((event.time - times[e - 1]!) / DAY, h);
    const before = (e - 1) * 2 * H;
    sums[e * 2 * H + h] = (first ? 0 : sums[before + h]! * decay) + Number(event.liked);
    sums[e * 2 * H + H + h] = (first ? 0 : sums[before + H + h]! * decay) + 1;
  }
}

function decayOver(days: number, h: number): number {
  return 2 ** (-days / HALF_LIVES[h]!);
}

/** The grid point of a request: its time rounded down, within the span of training; the end when no time is given. */
export function trendTime(trends: Trends, time: number | undefined): number {
  const [start, end] = trends.span;
  const clamped = Math.min(Math.max(time ?? end, start), end);
  return trends.origin + Math.floor((clamped - trends.origin) / trendGrid) * trendGrid;
}

/**
 * Standardised trend numbers of items at a request: log decayed counts of likes and of all events with half-lives of
 * 1 to 90 days, log counts so far, share of likes, age; then the log totals of training and the share of likes.
 *
 * @param own a training user's own events, taken out of the totals (otherwise training would see its own answer)
 * @returns `[items.length, trendWidth]`
 */
export function trendsAt(
  trends: Trends,
  items: Int32Array,
  time: number | undefined,
  own?: TrendHistory,
): Float32Array {
  const out = new Float32Array(items.length * trendWidth);
  const at = trendTime(trends, time);
  const minus = own === undefined ? undefined : countOwn(own);
  for (let row = 0; row < items.length; row++) {
    const item = items[row]!;
    const to = row * trendWidth;
    if (!Number.isNaN(at)) writeTimed(trends, item, at, out.subarray(to));
    writeTotals(trends, item, out, { to: to + TIMED, minus: minus?.get(item) });
    for (let j = Number.isNaN(at) ? TIMED : 0; j < trendWidth; j++) {
      out[to + j] = (out[to + j]! - trends.standard[j]!) / trends.standard[trendWidth + j]!;
    }
  }
  return out;
}

/** A person's events and the value at which one counts as a like. */
export interface TrendHistory {
  readonly history: History;
  readonly liked: number;
}

function countOwn({ history, liked }: TrendHistory): Map<number, readonly [number, number]> {
  const counts = new Map<number, readonly [number, number]>();
  history.items.forEach((item, i) => {
    const [likes, events] = counts.get(item) ?? [0, 0];
    counts.set(item, [likes + Number(history.values[i]! >= liked), events + 1]);
  });
  return counts;
}

function writeTimed(trends: Trends, item: number, at: number, out: Float32Array): void {
  const e = lastBefore(trends, item, at);
  if (e >= 0) {
    const days = (at - trends.times[e]!) / DAY;
    for (let h = 0; h < H; h++) {
      const decay = decayOver(days, h);
      out[h] = Math.log1p(trends.sums[e * 2 * H + h]! * decay);
      out[H + h] = Math.log1p(trends.sums[e * 2 * H + H + h]! * decay);
    }
  }
  const likes = e >= 0 ? trends.counts[e * 2]! : 0;
  const events = e >= 0 ? trends.counts[e * 2 + 1]! : 0;
  out[2 * H] = Math.log1p(likes);
  out[2 * H + 1] = Math.log1p(events);
  out[2 * H + 2] = (likes + 2) / (events + 4);
  const age = (at - trends.released[item]!) / YEAR;
  if (Number.isNaN(age)) return;
  out[2 * H + 3] = Math.log1p(Math.max(age, 0));
  out[2 * H + 4] = Number(age < 1);
  out[2 * H + 5] = Number(age < 0);
  out[2 * H + 6] = Number(age >= 1 && age < 2);
}

function writeTotals(
  trends: Trends,
  item: number,
  out: Float32Array,
  { to, minus = [0, 0] }: { to: number; minus?: readonly [number, number] | undefined },
): void {
  const likes = Math.max(0, trends.totals[item * 2]! - minus[0]);
  const events = Math.max(0, trends.totals[item * 2 + 1]! - minus[1]);
  out[to] = Math.log(likes + 0.5);
  out[to + 1] = Math.log(events + 0.5);
  out[to + 2] = (likes + 2) / (events + 4);
}

/** The item's last event strictly before `at`, or -1. */
function lastBefore({ offsets, times }: Trends, item: number, at: number): number {
  const start = offsets[item]!;
  let [low, high] = [start, offsets[item + 1]!];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle]! < at) low = middle + 1;
    else high = middle;
  }
  return low > start ? low - 1 : -1;
}

/**
 * Trends that say nothing of totals over all of training, which for a request in the middle of it lie partly in its
 * future: what a system that was live at the time could have known.
 */
export function withoutTotals(trends: Trends): Trends {
  const standard = trends.standard.slice();
  standard.fill(Number.POSITIVE_INFINITY, trendWidth + TIMED, 2 * trendWidth);
  return { ...trends, standard };
}

/** Trends as of a day after training: the last event of each item; every request gets that moment's numbers. */
export function freezeTrends(trends: Trends): Trends {
  const last = Array.from(trends.totals.keys())
    .filter((i) => i % 2 === 0)
    .map((i) => trends.offsets[i / 2 + 1]! - 1);
  const kept = last.map((e, item) => (e >= trends.offsets[item]! ? e : -1));
  const events = kept.filter((e) => e >= 0);
  const offsets = new Int32Array(kept.length + 1);
  kept.forEach((e, item) => {
    offsets[item + 1] = offsets[item]! + Number(e >= 0);
  });
  return {
    ...trends,
    offsets,
    times: Float64Array.from(events, (e) => trends.times[e]!),
    sums: Float32Array.from(events.flatMap((e) => [...trends.sums.subarray(e * 2 * H, (e + 1) * 2 * H)])),
    counts: Int32Array.from(events.flatMap((e) => [...trends.counts.subarray(e * 2, e * 2 + 2)])),
    span: [trends.span[1], trends.span[1]],
  };
}

function unitStandard(): Float32Array {
  return Float32Array.from({ length: 2 * trendWidth }, (_, j) => (j < trendWidth ? 0 : 1));
}

/** Moments over all items at 64 grid points spread over the span. */
function measureStandard(raw: Trends, items: Int32Array): Float32Array {
  const [start, end] = raw.span;
  const points = Number.isNaN(start)
    ? [undefined]
    : Array.from({ length: 64 }, (_, i) => start + (i / 63) * (end - start));
  const [sum, squares] = [new Float64Array(trendWidth), new Float64Array(trendWidth)];
  for (const point of points) {
    trendsAt(raw, items, point).forEach((x, k) => {
      sum[k % trendWidth]! += x;
      squares[k % trendWidth]! += x * x;
    });
  }
  const n = Math.max(1, points.length * items.length);
  const moments = Array.from(
    sum,
    (total, j) => [total / n, Math.sqrt(Math.max(0, squares[j]! / n - (total / n) ** 2)) + 1e-3] as const,
  );
  return Float32Array.from([...moments.map(([mean]) => mean), ...moments.map(([, deviation]) => deviation)]);
}

const min = (values: Float64Array): number =>
  values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
const max = (values: Float64Array): number =>
  values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
