import type { Settings, Space } from "../base/settings.ts";
import type { Dataset } from "../data/dataset.ts";
import type { History, Ranker } from "../data/query.ts";
import { contentNumbers } from "../encoders/content-numbers.ts";
import { defaultContentPriorOptions, fitContentPrior } from "../encoders/content-prior.ts";
import { encodeTable, fitEncoder } from "../encoders/encoder.ts";
import { fitPresence, type Presence } from "../encoders/presence.ts";
import { contentVectors } from "../encoders/vector-kernel.ts";

/** Settings of the content prior as a system. */
export interface ContentRankerConfig {
  readonly [key: string]: number;
  /** Length of the presence factors. */
  readonly embeddingSize: number;
  /** Weight of what content says of an item's popularity beside what it says of who likes it. */
  readonly popularity: number;
  /** Noise of a target that rests on many likes, and what a single like adds, in units of the targets' variance. */
  readonly noise: number;
  readonly perEvent: number;
  /** At most this many items, those with most likes, are learned from; time grows with its cube. */
  readonly maxItems: number;
}

/** Found on films of MovieLens-1M that were held out by another seed than those of the results. */
export const contentRankerDefaults: ContentRankerConfig = {
  embeddingSize: 64,
  popularity: 1,
  noise: 0.3,
  perEvent: 12,
  maxItems: 4096,
};

export const contentRankerSpace: Space = {
  popularity: { kind: "number", low: 0, high: 4 },
  noise: { kind: "number", low: 0.03, high: 3, log: true },
  perEvent: { kind: "number", low: 1, high: 100, log: true },
};

/**
 * Ranks items that nobody has touched by content alone: a Gaussian process from attributes, words and vectors of encoders
 * (Rasmussen and Williams 2006, eq. 2.25) to which items an item is liked together with (its presence factors) and how
 * often (`log(1 + likes)`, standardised). The score is `t . p(x) + popularity l(x)`, the taste `t` being the mean presence
 * of what somebody liked, scaled to length one; an item with likes in training has its own `p` and `l`.
 *
 * @param train a data set that holds training interactions only
 * @example const ranker = await fitContentRanker(train, { popularity: 1 });
 */
export async function fitContentRanker(train: Dataset, given: Settings = {}): Promise<Ranker> {
  const config: ContentRankerConfig = { ...contentRankerDefaults, ...(given as Record<string, number>) };
  const likes = likesOf(train);
  const counts = new Int32Array(train.items.ids.length);
  for (const item of likes.item) counts[item]!++;
  const sizes = { users: train.users.ids.length, items: train.items.ids.length };
  const options = { size: config.embeddingSize, rounds: 10, seed: 1 };
  const presence = fitPresence(likes, sizes, options);
  const known = await completed(train, { presence, counts }, config);
  const width = presence.size + 1;
  return {
    name: "Content prior",
    async score({ history }, items) {
      const taste = tasteOf(history, presence, train.scale.liked);
      return Float32Array.from(items, (item) => {
        let score = config.popularity * known[(item + 1) * width - 1]!;
        for (let j = 0; j < taste.length; j++) score += taste[j]! * known[item * width + j]!;
        return score;
      });
    },
  };
}

interface Observed {
  readonly presence: Presence;
  /** Likes of each item. */
  readonly counts: Int32Array;
}

/** Presence and popularity of each item: observed where it has likes, else what content says. `[items, size + 1]` */
async function completed(
  { items }: Dataset,
  { presence: { rows, size }, counts }: Observed,
  { noise, perEvent, maxItems }: ContentRankerConfig,
): Promise<Float32Array> {
  const seen = Int32Array.from(counts.keys()).filter((item) => counts[item]! > 0);
  const popular = standardisedLogs(counts, seen);
  const width = size + 1;
  const values = new Float32Array(counts.length * width);
  for (const item of seen) {
    values.set(rows.subarray(item * size, (item + 1) * size), item * width);
    values[(item + 1) * width - 1] = popular[item]!;
  }
  const columns = Object.entries(items.columns);
  const vectorNames = columns.filter(([, { kind }]) => kind === "vector").map(([name]) => name);
  const encoder = fitEncoder(items, seen, { minCount: 2, knots: 16, buckets: 4096, except: vectorNames });
  const bags = encodeTable(encoder, items);
  const options = { ...defaultContentPriorOptions, noise, perEvent, maxItems };
  const numbers = contentNumbers({ items, encoder, bags, seen }, options.kernel);
  const vectors = contentVectors(items, seen);
  const { mean } = await fitContentPrior({ bags, numbers, vectors, counts, values, width }, options);
  return values.map((value, k) => (counts[Math.floor(k / width)]! > 0 ? value : mean[k]!));
}

/** `log(1 + count)` of the seen items, with mean 0 and variance 1. */
function standardisedLogs(counts: Int32Array, seen: Int32Array): Float64Array {
  const logs = Float64Array.from(counts, (count) => Math.log1p(count));
  const mean = seen.reduce((sum, item) => sum + logs[item]!, 0) / Math.max(1, seen.length);
  const squares = seen.reduce((sum, item) => sum + (logs[item]! - mean) ** 2, 0);
  const deviation = Math.sqrt(squares / Math.max(1, seen.length)) || 1;
  return logs.map((x) => (x - mean) / deviation);
}

function tasteOf(history: History, { rows, size }: Presence, liked: number): Float64Array {
  const taste = new Float64Array(size);
  history.items.forEach((item, i) => {
    if (history.values[i]! < liked) return;
    for (let j = 0; j < size; j++) taste[j]! += rows[item * size + j]!;
  });
  const length = Math.hypot(...taste) || 1;
  return taste.map((x) => x / length);
}

function likesOf({ interactions, scale }: Dataset): Dataset["interactions"] {
  const { user, item, value } = interactions;
  const rows = Int32Array.from(value.keys()).filter((row) => value[row]! >= scale.liked);
  return {
    user: rows.map((row) => user[row]!),
    item: rows.map((row) => item[row]!),
    value: new Float32Array(rows.length).fill(1),
  };
}
