import type { Space } from "../base/settings.ts";
import type { Dataset } from "../data/dataset.ts";
import type { History, Ranker } from "../data/query.ts";
import { type Biases, baseline, fitBiases, offsetOf } from "./biases.ts";
import { eachOf, type Groups, groupBy, likeCounts, likedRows } from "./columns.ts";

export interface ItemKnnConfig {
  /** Items by which an item is judged: those most similar to it. */
  readonly neighbours: number;
  /** Added to the denominator of the cosine: doubts pairs that few people liked. */
  readonly shrinkage: number;
  /** Weight of the item's popularity (share of the most liked one) beside its similarity to the history. */
  readonly popularity: number;
  /** Added to the sum of similarities when residuals are averaged for `rate`. */
  readonly rateShrinkage: number;
  readonly itemShrinkage: number;
  readonly userShrinkage: number;
}

/**
 * Tuned on cold users split off the training users of MovieTweetings: nDCG@10 there .163 .182 .176 .172 at 1, 3, 5 and
 * 10 shots against .159 .167 .169 .164 of popularity alone. MovieLens-1M with everybody wants no shrinkage and no
 * popularity.
 */
export const itemKnnDefaults: ItemKnnConfig = {
  neighbours: 200,
  shrinkage: 10,
  popularity: 0.3,
  rateShrinkage: 1,
  itemShrinkage: 2,
  userShrinkage: 4,
};

export const itemKnnSpace: Space = {
  neighbours: { kind: "integer", low: 10, high: 1000, log: true },
  shrinkage: { kind: "number", low: 0.3, high: 100, log: true },
  popularity: { kind: "number", low: 0, high: 1 },
  rateShrinkage: { kind: "number", low: 0.1, high: 10, log: true },
};

/** Of every item j, the items i of whose nearest it is one. */
interface Neighbours {
  /** `[items][neighbours]` */
  readonly items: readonly Int32Array[];
  readonly similarities: readonly Float32Array[];
}

/**
 * Item-based nearest neighbours (Sarwar 2001; Deshpande and Karypis 2004): s_ij = common likes / (sqrt(n_i n_j) +
 * shrinkage), score_i = sum of s_ij over the liked items j of the history that are among the nearest of i + popularity
 * n_i / max n. A history is all that is needed of a user. `rate` adds the similarity-weighted mean of the history's residuals to item + user bias.
 *
 * @throws DATA when there is no event
 * @example const ranker = fitItemKnn(train, { ...itemKnnDefaults, neighbours: 50 });
 */
export function fitItemKnn(train: Dataset, config: ItemKnnConfig = itemKnnDefaults): Ranker {
  const neighbours = findNeighbours(train, config);
  const likes = likeCounts(train);
  const most = likes.reduce((max, n) => Math.max(max, n), 1);
  const biases = fitBiases(train, config);
  const liked = train.scale.liked;
  return {
    name: "item-knn",
    async score({ history }, items) {
      const near = new Float32Array(likes.length);
      history.items.forEach((j, at) => {
        if (history.values[at]! >= liked) spread(neighbours, j, (i, s) => void (near[i]! += s));
      });
      return Float32Array.from(items, (i) => (near[i] ?? 0) + (config.popularity * (likes[i] ?? 0)) / most);
    },
    rate: async ({ history }, items) => rateAll(history, items, { biases, neighbours, config }),
  };
}

interface RateParts {
  readonly biases: Biases;
  readonly neighbours: Neighbours;
  readonly config: ItemKnnConfig;
}

function rateAll(
  history: History,
  items: Int32Array,
  { biases, neighbours, config }: RateParts,
): Float32Array {
  const offset = offsetOf(biases, history, config.userShrinkage);
  const weights = new Float32Array(biases.item.length);
  const sums = new Float32Array(biases.item.length);
  history.items.forEach((j, at) => {
    const residual = history.values[at]! - baseline(biases, j) - offset;
    spread(neighbours, j, (i, s) => {
      weights[i]! += s;
      sums[i]! += s * residual;
    });
  });
  const near = (i: number): number => (sums[i] ?? 0) / ((weights[i] ?? 0) + config.rateShrinkage);
  return Float32Array.from(items, (i) => baseline(biases, i) + offset + near(i));
}

/** Calls `visit` with the items that are judged by an item; an unknown one judges none. */
function spread(
  { items, similarities }: Neighbours,
  from: number,
  visit: (i: number, s: number) => void,
): void {
  const near = items[from];
  for (let at = 0; at < (near?.length ?? 0); at++) visit(near![at]!, similarities[from]![at]!);
}

function findNeighbours(train: Dataset, { neighbours, shrinkage }: ItemKnnConfig): Neighbours {
  const { user, item } = train.interactions;
  const liked = likedRows(train);
  const likes = likeCounts(train);
  const byUser = groupBy(user, train.users.ids.length, liked);
  const byItem = groupBy(item, likes.length, liked);
  const common = new Float64Array(likes.length);
  const all = Array.from(likes, (_, i) => {
    const touched = countCommon(i, { byItem, byUser, user, item, common });
    const similarity = (j: number): number => common[j]! / (Math.sqrt(likes[i]! * likes[j]!) + shrinkage);
    const near = touched.map((j): [number, number] => [j, similarity(j)]);
    for (const j of touched) common[j] = 0;
    return near.sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, neighbours);
  });
  return transposed(all);
}

/** Items i of each j from the nearest j of each i. */
function transposed(all: readonly (readonly (readonly [number, number])[])[]): Neighbours {
  const counts = new Int32Array(all.length);
  for (const near of all) for (const [j] of near) counts[j]!++;
  const items = Array.from(counts, (n) => new Int32Array(n));
  const similarities = Array.from(counts, (n) => new Float32Array(n));
  counts.fill(0);
  all.forEach((near, i) => {
    for (const [j, s] of near) {
      const at = counts[j]!++;
      items[j]![at] = i;
      similarities[j]![at] = s;
    }
  });
  return { items, similarities };
}

interface Counting {
  readonly byItem: Groups;
  readonly byUser: Groups;
  readonly user: Int32Array;
  readonly item: Int32Array;
  /** Scratch `[items]`, all zero between calls. */
  readonly common: Float64Array;
}

/** Counts in `common` how many people like both; returns the items that occur. */
function countCommon(i: number, { byItem, byUser, user, item, common }: Counting): number[] {
  const touched: number[] = [];
  eachOf(byItem, i, (row) => {
    eachOf(byUser, user[row]!, (other) => {
      const j = item[other]!;
      if (j !== i && common[j]!++ === 0) touched.push(j);
    });
  });
  return touched;
}
