import type { Query } from "../data/query.ts";
import type { Catalogue } from "./catalogue.ts";
import { trendsAt, trendTime, trendWidth } from "./trends.ts";

const SHOT_CLASSES = 5;
const SCALARS = 7;
/** Numbers `requestContext` gives. */
export const contextWidth: number = SHOT_CLASSES + SCALARS + trendWidth;

/**
 * What is known of a request as numbers: how many events, how the person rates, over what time, how popular their items
 * were, when the request is made. All zeros but the class of "no event" and the time for a stranger. `[contextWidth]`
 */
export function requestContext(catalogue: Catalogue, { history, time }: Query): Float32Array {
  const out = new Float32Array(contextWidth);
  const shots = history.items.length;
  out[shots === 0 ? 0 : shots === 1 ? 1 : shots <= 3 ? 2 : shots <= 6 ? 3 : 4] = 1;
  out[SHOT_CLASSES] = Math.log1p(shots) / 2;
  const [start, end] = catalogue.trends.span;
  if (!Number.isNaN(start))
    out[SHOT_CLASSES + 5] =
      (2 * (trendTime(catalogue.trends, time) - catalogue.trends.origin)) /
        Math.max(1, end - catalogue.trends.origin) -
      1;
  if (shots === 0) return out;
  const { mean, deviation } = catalogue.means;
  const z = Array.from(history.values, (value) => (value - mean) / deviation);
  const centre = average(z);
  out[SHOT_CLASSES + 1] = centre;
  out[SHOT_CLASSES + 2] = Math.sqrt(average(z.map((x) => (x - centre) ** 2)));
  out[SHOT_CLASSES + 3] = average(
    Array.from(history.values, (value) => Number(value >= catalogue.scale.liked)),
  );
  out[SHOT_CLASSES + 4] =
    Math.log1p(eventAges({ history, ...(time === undefined ? {} : { time }) })[0] ?? 0) / 3;
  const warm = history.items.filter((item) => catalogue.warmRow[item]! >= 0);
  out[SHOT_CLASSES + 6] = warm.length / shots;
  const trends = trendsAt(catalogue.trends, warm, time);
  trends.forEach((x, i) => {
    out[SHOT_CLASSES + SCALARS + (i % trendWidth)]! += x / warm.length;
  });
  return out;
}

/** Days between each event and the request; 0 without times. */
export function eventAges({ history, time }: Query): Float32Array {
  const { times } = history;
  if (times === undefined || times.length === 0) return new Float32Array(history.items.length);
  const now = time ?? times.at(-1) ?? 0;
  return Float32Array.from(times, (t) => Math.max(0, now - t) / 86_400);
}

function average(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}
