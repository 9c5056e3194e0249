import type { Dataset } from "../data/dataset.ts";
import type { Ranker } from "../data/query.ts";
import { groupBy, likeCounts, likedRows, pick } from "./columns.ts";

export interface RecentPopularityConfig {
  /** Length of the window before the request. */
  readonly days: number;
  /** Weight of a like outside the window; settles the many ties of a short one. */
  readonly allTime: number;
}

/**
 * Tuned for strangers (0 shots) on cold users split off the training users of MovieTweetings: three days were better than
 * seven and much better than the customary 30, and a small share of all likes helped each. The plain definition is
 * `{ days: 30, allTime: 0 }`.
 */
export const recentPopularityDefaults: RecentPopularityConfig = { days: 3, allTime: 0.03 };

/**
 * score = training likes within `days` before `query.time` (before the end of training when no time is given) +
 * allTime times all training likes. Without any times in the data every like counts as recent.
 *
 * @example const ranker = fitRecentPopularity(train, { days: 30, allTime: 0 });
 */
export function fitRecentPopularity(
  train: Dataset,
  config: RecentPopularityConfig = recentPopularityDefaults,
): Ranker {
  const likes = likeTimes(train);
  const all = likeCounts(train);
  const span = config.days * 86_400;
  return {
    name: "recent-popularity",
    async score(query, items) {
      const until = query.time ?? likes.end;
      const scores = pick(all, items, 0);
      for (let at = 0; at < items.length; at++) {
        const recent = countBetween(likes, items[at]!, until - span, until);
        scores[at] = recent + config.allTime * scores[at]!;
      }
      return scores;
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
