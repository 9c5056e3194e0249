import type { Dataset } from "../../data/dataset.ts";
import { historiesByUser } from "../../data/splits/interactions.ts";
import { pool } from "../../encoders/bags.ts";
import { SMALL_FIELD } from "../../encoders/content-numbers.ts";
import { type Encoder, encodeTable, fieldSize, fitEncoder } from "../../encoders/encoder.ts";
import { fitFactors } from "../../encoders/factors.ts";
import { fitItemMeans, type ItemMeans } from "../../encoders/item-means.ts";
import { type Regression, ridgePosterior, ridgeWithout } from "./item-ridge.ts";

export interface UserFeatureOptions {
  /** Length of a user's taste. */
  readonly factorSize: number;
  readonly factorRegularisation: number;
  /** Variance of a value around what taste and level predict, in squared standard deviations. */
  readonly noise: number;
  /** Prior variance of how high somebody rates. */
  readonly levelVariance: number;
  readonly seed: number;
}

/** What an item meets in a user: taste, level, a constant and the tokens of the user's attributes. Plain data. */
export interface UserFeatures {
  /** Of a taste and a level: the part that is learned from events. */
  readonly learned: number;
  /** Of all. */
  readonly width: number;
  /** `[users, width]` */
  readonly values: Float32Array;
  /** How unsure each user's learned part is. `[users, learned * learned]` */
  readonly covariance: Float32Array;
}

/** With what a user would look like had one of their training events not happened. */
export interface FittedUsers extends UserFeatures {
  /** The learned part of the event's user without that event. `[events, learned]` */
  readonly without: Float32Array;
}

/**
 * Users by Bayesian ridge regression on the factors of the items they rated: `x ~ N(0, diag(1, .., 1, levelVariance))`,
 * `z - level_i ~ N(x . (q_i, 1), noise)`. For an item task of meta-training an event must not already have shaped its
 * user: `without` takes it out again exactly, given the factors, by the rank-one downdate
 * `x_{-j} = x - A^-1 g_j (y_j - g_j . x) / (noise - g_j^T A^-1 g_j)` (the leave-one-out of linear smoothers).
 */
export function fitUsers(train: Dataset, options: UserFeatureOptions): FittedUsers {
  const means = fitItemMeans(train);
  const factors = fitFactors(
    train.interactions,
    residualsOf(train, means),
    { users: train.users.ids.length, items: train.items.ids.length },
    { size: options.factorSize, regularisation: options.factorRegularisation, rounds: 8, seed: options.seed },
  );
  const learned = options.factorSize + 1;
  const tokens = tokensOf(train);
  const width = learned + 1 + tokens.width;
  const users = train.users.ids.length;
  const values = new Float32Array(users * width);
  const covariance = new Float32Array(users * learned * learned);
  const without = new Float32Array(train.interactions.user.length * learned);
  const precision = new Float64Array(learned).fill(1);
  precision[options.factorSize] = 1 / options.levelVariance;
  const ridge = { precision, noise: options.noise };
  const { offsets, order } = historiesByUser(train.interactions, users);
  for (let user = 0; user < users; user++) {
    const rows = order.subarray(offsets[user], offsets[user + 1]);
    const events = eventsOf(train, rows, { means, factors, learned });
    const posterior = ridgePosterior(events, ridge);
    values.set(posterior.mean, user * width);
    values[user * width + learned] = 1;
    values.set(
      tokens.values.subarray(user * tokens.width, (user + 1) * tokens.width),
      user * width + learned + 1,
    );
    covariance.set(posterior.covariance, user * learned * learned);
    rows.forEach((row, j) => without.set(ridgeWithout(posterior, events, j, options.noise), row * learned));
  }
  return { learned, width, values, covariance, without };
}

interface Known {
  readonly means: ItemMeans;
  readonly factors: Float32Array;
  readonly learned: number;
}

const ITEM_SHRINKAGE = 2;

function levelOf({ sums, counts }: ItemMeans, item: number): number {
  return sums[item]! / (counts[item]! + ITEM_SHRINKAGE);
}

/** What the levels of item and user leave of each value. `[events]` */
function residualsOf({ interactions: { user, item, value } }: Dataset, means: ItemMeans): Float32Array {
  const { mean, deviation, userLevels } = means;
  return value.map((v, row) => (v - mean) / deviation - userLevels[user[row]!]! - levelOf(means, item[row]!));
}

function eventsOf(
  { interactions }: Dataset,
  rows: Int32Array,
  { means, factors, learned }: Known,
): Regression {
  const { item, value } = interactions;
  const size = learned - 1;
  const g = new Float64Array(rows.length * learned).fill(1);
  rows.forEach((row, j) => {
    const from = item[row]! * size;
    g.set(factors.subarray(from, from + size), j * learned);
  });
  const y = Float64Array.from(
    rows,
    (row) => (value[row]! - means.mean) / means.deviation - levelOf(means, item[row]!),
  );
  return { g, y };
}

/** Attributes with few values as weights of their tokens. `[users, width]` */
function tokensOf(train: Dataset): { readonly values: Float32Array; readonly width: number } {
  const rows = Int32Array.from(new Set(train.interactions.user));
  const { fields } = fitEncoder(train.users, rows, { minCount: 20, knots: 8, buckets: 64 });
  const encoder: Encoder = { fields: fields.filter(({ field }) => fieldSize(field) <= SMALL_FIELD) };
  const bags = encodeTable(encoder, train.users);
  const width = bags.tokens;
  const identity = new Float32Array(width * width);
  for (let k = 0; k < width; k++) identity[k * (width + 1)] = 1;
  const all = Int32Array.from(train.users.ids.keys());
  const parts = pool(bags, { data: identity, width }, all);
  const values = new Float32Array(all.length * width);
  parts.forEach((x, at) => {
    values[Math.floor(at / (bags.fields.length * width)) * width + (at % width)]! += x;
  });
  return { values, width };
}
