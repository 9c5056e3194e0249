import { check } from "../base/errors.ts";
import type { Dataset } from "../data/dataset.ts";
import type { History } from "../data/query.ts";

/** value = mean + bias of the item + offset of the user. */
export interface Biases {
  readonly mean: number;
  /** `[items]` */
  readonly item: Float32Array;
  /** `[users]` */
  readonly user: Float32Array;
}

export interface BiasConfig {
  /** Events at the overall mean that every item is given; 0 trusts a single event wholly. */
  readonly itemShrinkage: number;
  /** The same for users; Infinity leaves users out. */
  readonly userShrinkage: number;
}

/**
 * Ridge estimates by alternation (Koren, Bell and Volinsky 2009, eq. 3-4): b_i = sum(r - mean - b_u) / (n_i +
 * itemShrinkage), b_u likewise; ten rounds are enough for three digits.
 *
 * @throws DATA when there is no event
 */
export function fitBiases(train: Dataset, { itemShrinkage, userShrinkage }: BiasConfig): Biases {
  const { user, item, value } = train.interactions;
  check(value.length > 0, "DATA", () => ({ where: train.name, expected: "training events", got: "none" }));
  const mean = value.reduce((sum, v) => sum + v, 0) / value.length;
  const biases = {
    mean,
    item: new Float32Array(train.items.ids.length),
    user: new Float32Array(train.users.ids.length),
  };
  for (let round = 0; round < (Number.isFinite(userShrinkage) ? 10 : 1); round++) {
    const rest = (other: Float32Array, keys: Int32Array) => (row: number) =>
      value[row]! - mean - other[keys[row]!]!;
    shrunkMeans(biases.item, item, { shrinkage: itemShrinkage, residual: rest(biases.user, user) });
    shrunkMeans(biases.user, user, { shrinkage: userShrinkage, residual: rest(biases.item, item) });
  }
  return biases;
}

/** Predicted value of an item without the user; the mean for items that came after training. */
export function baseline({ mean, item }: Biases, row: number): number {
  return mean + (item[row] ?? 0);
}

/** Offset of an unseen user: the shrunk mean of the residuals of the history. */
export function offsetOf(biases: Biases, { items, values }: History, shrinkage: number): number {
  let sum = 0;
  for (let j = 0; j < items.length; j++) sum += values[j]! - baseline(biases, items[j]!);
  return sum === 0 ? 0 : sum / (items.length + shrinkage);
}

function shrunkMeans(
  into: Float32Array,
  keys: Int32Array,
  { shrinkage, residual }: { readonly shrinkage: number; readonly residual: (row: number) => number },
): void {
  const sums = new Float64Array(into.length);
  const counts = new Float64Array(into.length);
  keys.forEach((key, row) => {
    sums[key]! += residual(row);
    counts[key]!++;
  });
  into.forEach((_, key) => {
    into[key] = counts[key] === 0 ? 0 : sums[key]! / (counts[key]! + shrinkage);
  });
}
