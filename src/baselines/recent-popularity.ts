import type { Dataset } from "../data/dataset.ts";
import type { Ranker } from "../data/query.ts";
import { groupBy, likedRows } from "./columns.ts";

export interface RecentPopularityConfig {
  /** Length of the window before the request. */
  readonly days: number;
}

/** As commonly reported; the tuned blend with all of the past is {@link fitRecentPopularity}'s sibling `trend`. */
export const recentPopularityDefaults: RecentPopularityConfig = { days: 30 };

/**
 * score = training likes within `days` before `query.time`, or before the end of training when no time is given.
 * Without any times in the data every like counts.
 *
 * @example const ranker = fitRecentPopularity(train, { days: 7 });
 */
export function fitRecentPopularity(
  train: Dataset,
  config: RecentPopularityConfig = recentPopularityDefaults,
): Ranker {
  const likes = likeTimes(train);
  const span = config.days * 86_400;
  return {
    name: "recent-popularity",
    async score(query, items) {
      const until = query.time ?? likes.end;
      return Float32Array.from(items, (item) => countBetween(likes, item, until - span, until));
    },
  };
}

/** When each item was liked, ascending. */
export interface LikeTimes {
  /** `[items + 1]` */
  readonly offsets: Int32Array;
  /** `[likes]` unix seconds; all equal when the data has no times. */
  readonly times: Float64Array;
  /** One second after the last event of training. */
  readonly end: number;
}

/** Collects the like times of every item. */
export function likeTimes(train: Dataset): LikeTimes {
  const { item, time } = train.interactions;
  const when = (row: number): number => time?.[row] ?? 0;
  const ordered = likedRows(train).sort((a, b) => when(a) - when(b));
  const { offsets, rows } = groupBy(item, train.items.ids.length, ordered);
  const last = (time ?? new Float64Array(1)).reduce((max, t) => Math.max(max, t), Number.NEGATIVE_INFINITY);
  return { offsets, times: Float64Array.from(rows, when), end: Number.isFinite(last) ? last + 1 : 0 };
}

/** Likes of one item at times in [from, until). */
export function countBetween(likes: LikeTimes, item: number, from: number, until: number): number {
  if (!(item + 1 < likes.offsets.length)) return 0;
  return firstAtOrAfter(likes, item, until) - firstAtOrAfter(likes, item, from);
}

/** Position of the item's first like at or after `time`. */
function firstAtOrAfter({ offsets, times }: LikeTimes, item: number, time: number): number {
  let [low, high] = [offsets[item]!, offsets[item + 1]!];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle]! < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
