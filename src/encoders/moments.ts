import type { Catalogue } from "./catalogue.ts";
import { type Trends, trendsAt, trendTime, trendWidth } from "./trends.ts";

/** Moments whose numbers are kept; a served model has one, training and evaluation some hundreds. */
const KEPT = 1024;
const tables = new WeakMap<Trends, Map<number, Float32Array>>();

/** {@link trendsAt} of all warm items; the numbers of a moment are computed once and kept. `[warm, trendWidth]` */
export function warmTrends({ trends, warm }: Catalogue, time: number | undefined): Float32Array {
  const moments = tables.get(trends) ?? new Map<number, Float32Array>();
  tables.set(trends, moments);
  const moment = trendTime(trends, time);
  const known = moments.get(moment);
  if (known !== undefined) return known;
  const table = trendsAt(trends, warm, time);
  if (moments.size >= KEPT) moments.delete(moments.keys().next().value as number);
  moments.set(moment, table);
  return table;
}

/** {@link trendsAt} of any items, followed by zeros: warm ones from the table of the moment. `[room, trendWidth]` */
export function paddedTrends(
  catalogue: Catalogue,
  items: Int32Array,
  time: number | undefined,
  room: number,
): Float32Array {
  const { trends, warmRow } = catalogue;
  const table = warmTrends(catalogue, time);
  const out = new Float32Array(room * trendWidth);
  const cold: number[] = [];
  for (let i = 0; i < items.length; i++) {
    const row = warmRow[items[i]!]!;
    if (row < 0) cold.push(i);
    else for (let j = 0; j < trendWidth; j++) out[i * trendWidth + j] = table[row * trendWidth + j]!;
  }
  const rest = trendsAt(
    trends,
    Int32Array.from(cold, (i) => items[i]!),
    time,
  );
  cold.forEach((i, at) => out.set(rest.subarray(at * trendWidth, (at + 1) * trendWidth), i * trendWidth));
  return out;
}
