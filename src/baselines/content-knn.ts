import type { Space } from "../base/settings.ts";
import type { Dataset } from "../data/dataset.ts";
import type { Ranker } from "../data/query.ts";
import { type BiasConfig, baseline, fitBiases, offsetOf } from "./biases.ts";
import { likeCounts, likedItems, pick, shareOfMost } from "./columns.ts";
import { fitTokens, partnersOf, type Tokens } from "./tokens.ts";

export interface ContentKnnConfig extends BiasConfig {
  /** Events of the history an item is compared with: the most similar ones. */
  readonly neighbours: number;
  /** Items a value or word needs to be in. */
  readonly minCount: number;
  /** Weight of the item's popularity (share of the most liked one) beside its similarity to the history. */
  readonly popularity: number;
  /** Added to the sum of similarities when residuals are averaged for `rate`. */
  readonly rateShrinkage: number;
}

/**
 * Tuned on cold users split off the training users of MovieTweetings, where attributes say little of what somebody will
 * watch: nDCG@10 .160 .167 .171 .170 at 1, 3, 5 and 10 shots against .159 .167 .169 .164 of popularity alone.
 */
export const contentKnnDefaults: ContentKnnConfig = {
  neighbours: 20,
  minCount: 2,
  popularity: 3,
  rateShrinkage: 1,
  itemShrinkage: 2,
  userShrinkage: 4,
};

export const contentKnnSpace: Space = {
  neighbours: { kind: "integer", low: 1, high: 200, log: true },
  minCount: { kind: "choice", of: [1, 2, 5, 10] },
  popularity: { kind: "number", low: 0.01, high: 30, log: true },
  rateShrinkage: { kind: "number", low: 0.1, high: 10, log: true },
};

/** Items as vectors of unit length over tokens. */
interface Vectors {
  readonly tokens: Tokens;
  /** One a link of `tokens.ofRow`. */
  readonly weights: Float32Array;
}

/**
 * Nearest neighbours by content: items are TF-IDF vectors of their attributes, words and ranges of numbers, s_ij their
 * cosine; score_i = sum of s_ij over the `neighbours` most similar liked items j of the history + popularity n_i / max
 * n, so an item that nobody has touched is judged by what it is. `rate` adds the similarity-weighted mean of the
 * history's residuals to item + user bias (Lops, de Gemmis and Semeraro 2011, sec. 3.3.1).
 *
 * @throws DATA when there is no event
 * @example const ranker = fitContentKnn(train, { ...contentKnnDefaults, popularity: 0 });
 */
export function fitContentKnn(train: Dataset, config: ContentKnnConfig = contentKnnDefaults): Ranker {
  const biases = fitBiases(train, config);
  const similarTo = rememberedRows(vectorsOf(fitTokens(train, "items", config.minCount)));
  const popular = shareOfMost(likeCounts(train));
  const { liked } = train.scale;
  return {
    name: "content-knn",
    async score({ history }, items) {
      const near = similarities(similarTo, likedItems(history, liked, popular.length), items);
      return pick(popular, items, 0).map(
        (share, at) => config.popularity * share + sumOfLargest(near[at]!, config.neighbours),
      );
    },
    async rate({ history }, items) {
      const offset = offsetOf(biases, history, config.userShrinkage);
      const residuals = Float32Array.from(
        history.items,
        (j, at) => history.values[at]! - baseline(biases, j) - offset,
      );
      const near = similarities(similarTo, history.items, items);
      return Float32Array.from(
        items,
        (i, at) => baseline(biases, i) + offset + averageOf(residuals, near[at]!, config),
      );
    },
  };
}

/** Inverse document frequency ln(n / n_t) over the rows of the table, then unit length. */
function vectorsOf(tokens: Tokens): Vectors {
  const { offsets, others } = tokens.ofRow;
  const rows = offsets.length - 1;
  const counts = new Float64Array(tokens.size);
  for (const token of others) counts[token]!++;
  const weights = Float32Array.from(others, (token) => Math.log(rows / counts[token]!));
  for (let row = 0; row < rows; row++) {
    const own = weights.subarray(offsets[row], offsets[row + 1]);
    const length = Math.sqrt(own.reduce((sum, w) => sum + w * w, 0));
    if (length > 0) own.forEach((w, at) => void (own[at] = w / length));
  }
  return { tokens, weights };
}

/** Numbers that remembered cosines may take: 64 MiB. */
const ROOM = 2 ** 24;

/** Cosines of an item with all items, 0 with itself; remembered, for people have items in common. `[items]` */
function rememberedRows({ tokens: { ofRow, size }, weights }: Vectors): (item: number) => Float32Array {
  const rows = ofRow.offsets.length - 1;
  const known = new Map<number, Float32Array>();
  const dense = new Float32Array(size);
  return (item) => {
    const found = known.get(item);
    if (found !== undefined) return found;
    const own = partnersOf(ofRow, item);
    own.forEach((token, at) => void (dense[token] = weights[ofRow.offsets[item]! + at]!));
    const row = new Float32Array(rows);
    for (let i = 0; i < rows; i++) {
      let sum = 0;
      const end = i === item ? 0 : ofRow.offsets[i + 1]!;
      for (let at = ofRow.offsets[i]!; at < end; at++) sum += dense[ofRow.others[at]!]! * weights[at]!;
      row[i] = sum;
    }
    for (const token of own) dense[token] = 0;
    if ((known.size + 1) * rows > ROOM) known.clear();
    known.set(item, row);
    return row;
  };
}

/** Cosines of each candidate with each event of the history. `[items][events]` */
function similarities(
  similarTo: (item: number) => Float32Array,
  history: Int32Array,
  items: Int32Array,
): Float32Array[] {
  const near = Array.from(items, () => new Float32Array(history.length));
  history.forEach((j, event) => {
    const row = similarTo(j);
    items.forEach((i, at) => void (near[at]![event] = row[i]!));
  });
  return near;
}

/** Sum of the `count` largest numbers, which are not negative: the largest so far are kept in descending order. */
function sumOfLargest(row: Float32Array, count: number): number {
  const largest = new Float32Array(count);
  const last = count - 1;
  for (const x of row) {
    if (!(x > largest[last]!)) continue;
    let at = last;
    for (; at > 0 && largest[at - 1]! < x; at--) largest[at] = largest[at - 1]!;
    largest[at] = x;
  }
  return largest.reduce((sum, x) => sum + x, 0);
}

/** Positions of the largest numbers above zero, in no order but that of ties: earlier ones first. */
function mostSimilar(row: Float32Array, count: number): readonly number[] {
  const all = [...row.keys()].filter((j) => row[j]! > 0);
  if (all.length <= count) return all;
  return all.sort((a, b) => row[b]! - row[a]! || a - b).slice(0, count);
}

function averageOf(
  residuals: Float32Array,
  near: Float32Array,
  { neighbours, rateShrinkage }: ContentKnnConfig,
): number {
  let [sum, weight] = [0, rateShrinkage];
  for (const j of mostSimilar(near, neighbours)) {
    sum += near[j]! * residuals[j]!;
    weight += near[j]!;
  }
  return weight === 0 ? 0 : sum / weight;
}
