import { solveSpdInPlace } from "../base/cholesky.ts";
import { createRng } from "../base/rng.ts";
import type { Space } from "../base/settings.ts";
import type { Dataset } from "../data/dataset.ts";
import type { History, Ranker } from "../data/query.ts";
import { type BiasConfig, type Biases, baseline, fitBiases } from "./biases.ts";
import { eachOf, groupBy } from "./columns.ts";

export interface MatrixFactorisationConfig extends BiasConfig {
  readonly embeddingSize: number;
  readonly epochs: number;
  /**
   * Ridge on the factors of users and items, in standard deviations of the training values (rescaling the values then
   * rescales the solution); the users' offset has `userShrinkage` instead.
   */
  readonly regularisation: number;
  readonly seed: number;
}

/**
 * A compromise found on cold users split off the training users: MovieLens-1M likes a smaller ridge, MovieTweetings,
 * where most people rate twice, no factors at all.
 */
export const matrixFactorisationDefaults: MatrixFactorisationConfig = {
  embeddingSize: 16,
  epochs: 8,
  regularisation: 8,
  itemShrinkage: 2,
  userShrinkage: 4,
  seed: 1,
};

export const matrixFactorisationSpace: Space = {
  embeddingSize: { kind: "choice", of: [4, 8, 16, 32] },
  epochs: { kind: "integer", low: 2, high: 20, log: true },
  regularisation: { kind: "number", low: 1, high: 60, log: true },
  itemShrinkage: { kind: "number", low: 0.5, high: 30, log: true },
  userShrinkage: { kind: "number", low: 0.5, high: 30, log: true },
};

/** Rows of 1 + embedding size: the offset comes first and multiplies a constant 1 of the other side. */
interface Factors {
  readonly width: number;
  /** `[rows * width]` */
  readonly values: Float64Array;
}

/** One ridge regression: minimise sum (y - x . w)^2 + sum ridge_k w_k^2. */
interface Ridge {
  readonly gram: Float64Array;
  readonly moment: Float64Array;
}

/**
 * mean + b_i + b_u + p_u . q_i, trained by alternating least squares on the residuals of the item biases (Koren, Bell
 * and Volinsky 2009, eq. 5, with the solver of Zhou 2008). An unseen user's b_u and p_u are the ridge regression of
 * the history's residuals on [1, q_i], the same solve as in training.
 *
 * @throws DATA when there is no event
 * @example const ranker = fitMatrixFactorisation(train, { ...matrixFactorisationDefaults, embeddingSize: 32 });
 */
export function fitMatrixFactorisation(
  train: Dataset,
  config: MatrixFactorisationConfig = matrixFactorisationDefaults,
): Ranker {
  const biases = fitBiases(train, config);
  const itemFactors = alternate(train, biases, config);
  const ridge = ridgeOf(itemFactors.width, config, deviation(train.interactions.value));
  const predict = ({ history }: { readonly history: History }, items: Int32Array): Float32Array => {
    const fitted = foldIn(history, biases, itemFactors, ridge);
    return Float32Array.from(items, (item) => baseline(biases, item) + dotRow(itemFactors, item, fitted));
  };
  const rate: Ranker["score"] = async (query, items) => predict(query, items);
  return { name: "matrix-factorisation", score: rate, rate };
}

function alternate(train: Dataset, biases: Biases, config: MatrixFactorisationConfig): Factors {
  const { user, item, value } = train.interactions;
  const width = config.embeddingSize + 1;
  const users = startFactors(train.users.ids.length, width, config.seed);
  const items = startFactors(train.items.ids.length, width, config.seed + 1);
  const byUser = groupBy(user, train.users.ids.length);
  const byItem = groupBy(item, train.items.ids.length);
  const target = value.map((v, row) => v - baseline(biases, item[row]!));
  const ridge = ridgeOf(width, config, deviation(value));
  for (let epoch = 0; epoch < config.epochs; epoch++) {
    solveSide(users, items, { groups: byUser, others: item, target, ridge });
    // The item's own offset stays that of the biases: its factors explain what the user's offset leaves.
    const left = target.map((t, row) => t - users.values[user[row]! * width]!);
    solveSide(items, users, { groups: byItem, others: user, target: left, ridge, fixedOffset: true });
  }
  return items;
}

function startFactors(rows: number, width: number, seed: number): Factors {
  const rng = createRng(seed).split("factors");
  const values = Float64Array.from({ length: rows * width }, (_, at) =>
    at % width === 0 ? 1 : 0.1 * rng.normal(),
  );
  return { width, values };
}

function ridgeOf(width: number, config: MatrixFactorisationConfig, unit: number): Float64Array {
  return new Float64Array(width).fill(config.regularisation * unit).fill(config.userShrinkage, 0, 1);
}

/** Standard deviation; 1 where all values are equal, as implicit ones are. */
function deviation(values: Float32Array): number {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length) || 1;
}

interface Side {
  readonly groups: ReturnType<typeof groupBy>;
  /** `[events]` row of the other side. */
  readonly others: Int32Array;
  readonly target: Float32Array;
  readonly ridge: Float64Array;
  /** Solve the factors only; the first column stays 1. */
  readonly fixedOffset?: boolean;
}

function solveSide(
  side: Factors,
  other: Factors,
  { groups, others, target, ridge, fixedOffset = false }: Side,
): void {
  const { width } = side;
  const skip = fixedOffset ? 1 : 0;
  const size = width - skip;
  const system = { gram: new Float64Array(size * size), moment: new Float64Array(size) };
  for (let key = 0; key + 1 < groups.offsets.length; key++) {
    reset(system, ridge.subarray(skip));
    eachOf(groups, key, (row) => {
      accumulate(system, other.values, others[row]! * width + skip, target[row]!);
    });
    solveSpdInPlace(system.gram, system.moment);
    side.values.set(system.moment, key * width + skip);
  }
}

function foldIn(history: History, biases: Biases, items: Factors, ridge: Float64Array): Float64Array {
  const { width, values } = items;
  const system = { gram: new Float64Array(width * width), moment: new Float64Array(width) };
  reset(system, ridge);
  history.items.forEach((item, j) => {
    const target = history.values[j]! - baseline(biases, item);
    if ((item + 1) * width <= values.length) accumulate(system, values, item * width, target);
    else accumulate(system, offsetOnly(width), 0, target);
  });
  solveSpdInPlace(system.gram, system.moment);
  return system.moment;
}

/** An item that came after training has no taste, but still tells how generous a person is. */
function offsetOnly(width: number): Float64Array {
  return Float64Array.from({ length: width }, (_, k) => (k === 0 ? 1 : 0));
}

function reset({ gram, moment }: Ridge, ridge: Float64Array): void {
  moment.fill(0);
  gram.fill(0);
  ridge.forEach((r, k) => {
    gram[k * (moment.length + 1)] = r;
  });
}

/** Adds the observation x = values[from, from + n), y = target. */
function accumulate({ gram, moment }: Ridge, values: Float64Array, from: number, target: number): void {
  const n = moment.length;
  for (let i = 0; i < n; i++) {
    const xi = values[from + i]!;
    moment[i]! += xi * target;
    for (let j = 0; j <= i; j++) gram[i * n + j]! += xi * values[from + j]!;
  }
}

function dotRow({ width, values }: Factors, row: number, weights: Float64Array): number {
  if ((row + 1) * width > values.length) return weights[0]!;
  let sum = 0;
  for (let k = 0; k < width; k++) sum += values[row * width + k]! * weights[k]!;
  return sum;
}
