import { topN } from "../base/ranking.ts";
import type { Space } from "../base/settings.ts";
import type { Dataset } from "../data/dataset.ts";
import type { Query, Ranker } from "../data/query.ts";
import { type BiasConfig, type Biases, baseline, fitBiases, offsetOf } from "./biases.ts";
import {
  eachOf,
  type Groups,
  groupBy,
  likeCounts,
  likedItems,
  likesOf,
  pick,
  shareOfMost,
} from "./columns.ts";
import { partnersOf } from "./tokens.ts";

export interface UserKnnConfig extends BiasConfig {
  /** People asked. */
  readonly neighbours: number;
  /** Added to the denominator of the cosine: doubts people with few likes. */
  readonly shrinkage: number;
  /** Weight of the item's popularity (share of the most liked one) beside what neighbours like. */
  readonly popularity: number;
  /** `shrinkage` of `rate`: events with an average residual. */
  readonly rateDoubt: number;
  /** Added to the sum of similarities when residuals are averaged for `rate`. */
  readonly rateShrinkage: number;
}

/**
 * Tuned on cold users split off the training users of MovieTweetings: nDCG@10 there .162 .173 .177 .172 at 1, 3, 5 and 10
 * shots against .159 .167 .169 .164 of popularity alone. MovieLens-1M with everybody wants 70 neighbours, no shrinkage and
 * no popularity.
 */
export const userKnnDefaults: UserKnnConfig = {
  neighbours: 200,
  shrinkage: 20,
  popularity: 0.3,
  rateDoubt: 10,
  rateShrinkage: 0.5,
  itemShrinkage: 2,
  userShrinkage: 4,
};

export const userKnnSpace: Space = {
  neighbours: { kind: "integer", low: 20, high: 2000, log: true },
  shrinkage: { kind: "number", low: 0.3, high: 100, log: true },
  popularity: { kind: "number", low: 0, high: 3 },
  rateDoubt: { kind: "number", low: 1, high: 100, log: true },
  rateShrinkage: { kind: "number", low: 0.05, high: 5, log: true },
};

/** People and how similar they are, most similar first. */
type Neighbours = readonly (readonly [user: number, similarity: number])[];

/**
 * User-based nearest neighbours (Herlocker 1999): s_qv = common likes / (sqrt(n_q n_v) + shrinkage) between the history
 * and each person of training, score_i = sum of s_qv over the nearest who like i, divided by the sum of all their s, +
 * popularity n_i / max n. `rate` compares residuals of item + user bias instead, s_qv = sum of products over common
 * items / (|r_q| |r_v| + rateDoubt times the mean square), and adds the weighted mean of those who rated i. A person of
 * training is not a neighbour of their own.
 *
 * @throws DATA when there is no like
 * @example const ranker = fitUserKnn(train, { ...userKnnDefaults, neighbours: 50 });
 */
export function fitUserKnn(train: Dataset, config: UserKnnConfig = userKnnDefaults): Ranker {
  const biases = fitBiases(train, config);
  const { byUser, byItem } = likesOf(train);
  const popular = shareOfMost(likeCounts(train));
  const likers = (item: number): Int32Array => partnersOf(byItem, item);
  const likes = (user: number): Int32Array => partnersOf(byUser, user);
  const activity = Int32Array.from(train.users.ids, (_, user) => likes(user).length);
  const { liked } = train.scale;
  return {
    name: "user-knn",
    async score({ user: self, history }, items) {
      const own = likedItems(history, liked, popular.length);
      const common = new Float64Array(train.users.ids.length);
      for (const item of own) for (const user of likers(item)) common[user]!++;
      const near = nearest(common, config.neighbours, {
        self,
        similarity: (n, v) => n / (Math.sqrt(own.length * activity[v]!) + config.shrinkage),
      });
      const scores = popular.map((share) => config.popularity * share);
      const total = near.reduce((sum, [, s]) => sum + s, 0);
      for (const [user, s] of near) for (const item of likes(user)) scores[item]! += s / total;
      return pick(scores, items, 0);
    },
    rate: rater(train, biases, config),
  };
}

interface NearestOptions {
  readonly self: number | undefined;
  similarity(common: number, user: number): number;
}

/** The people with the largest similarity above zero; `common` is 0 for whoever shares nothing. */
function nearest(common: Float64Array, count: number, { self, similarity }: NearestOptions): Neighbours {
  const users: number[] = [];
  common.forEach((n, user) => {
    if (n > 0 && user !== self) users.push(user);
  });
  const similarities = new Float32Array(common.length);
  for (const user of users) similarities[user] = similarity(common[user]!, user);
  const scores = Float32Array.from(users, (user) => similarities[user]!);
  const best = topN(scores, Int32Array.from(users), count, 0);
  return Array.from(best, (user) => [user, similarities[user]!] as const);
}

/** What is left of all values after item and user biases. */
interface Residuals {
  readonly byItem: Groups;
  readonly byUser: Groups;
  /** `[events]` */
  readonly values: Float32Array;
  /** `[users]` */
  readonly norms: Float64Array;
  readonly meanSquare: number;
}

function residualsOf(train: Dataset, biases: Biases): Residuals {
  const { user, item, value } = train.interactions;
  const values = value.map((v, row) => v - baseline(biases, item[row]!) - biases.user[user[row]!]!);
  const squares = new Float64Array(train.users.ids.length);
  values.forEach((r, row) => {
    squares[user[row]!]! += r * r;
  });
  return {
    byItem: groupBy(item, train.items.ids.length),
    byUser: groupBy(user, train.users.ids.length),
    values,
    norms: squares.map(Math.sqrt),
    meanSquare: squares.reduce((sum, s) => sum + s, 0) / values.length,
  };
}

function rater(train: Dataset, biases: Biases, config: UserKnnConfig): NonNullable<Ranker["rate"]> {
  const all = residualsOf(train, biases);
  const { user, item } = train.interactions;
  return async (query, items) => {
    const offset = offsetOf(biases, query.history, config.userShrinkage);
    const near = alike(query, offset, { all, user, biases, config });
    const [sums, weights] = [new Float64Array(biases.item.length), new Float64Array(biases.item.length)];
    for (const [neighbour, s] of near) {
      eachOf(all.byUser, neighbour, (row) => {
        sums[item[row]!]! += s * all.values[row]!;
        weights[item[row]!]! += s;
      });
    }
    const left = (i: number): number => (sums[i] ?? 0) / ((weights[i] ?? 0) + config.rateShrinkage);
    return Float32Array.from(items, (i) => baseline(biases, i) + offset + left(i));
  };
}

interface AlikeParts {
  readonly all: Residuals;
  readonly user: Int32Array;
  readonly biases: Biases;
  readonly config: UserKnnConfig;
}

function alike({ user: self, history }: Query, offset: number, parts: AlikeParts): Neighbours {
  const { all, user, biases, config } = parts;
  const common = new Float64Array(biases.user.length);
  let square = 0;
  history.items.forEach((j, at) => {
    const residual = history.values[at]! - baseline(biases, j) - offset;
    square += residual * residual;
    if (j < biases.item.length)
      eachOf(all.byItem, j, (row) => {
        common[user[row]!]! += residual * all.values[row]!;
      });
  });
  const doubt = config.rateDoubt * all.meanSquare;
  return nearest(common, config.neighbours, {
    self,
    similarity: (sum, v) => sum / (Math.sqrt(square) * all.norms[v]! + doubt),
  });
}
