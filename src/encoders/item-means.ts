import type { Dataset } from "../data/dataset.ts";
import type { History } from "../data/query.ts";

/** Training means of values, in a form from which one person's own events can be taken out again. Plain data. */
export interface ItemMeans {
  /** Mean and standard deviation of all training values; everything below is in units of the latter. */
  readonly mean: number;
  readonly deviation: number;
  /** Sum of an item's values after the raters' own levels are taken off. `[items]` */
  readonly sums: Float32Array;
  /** Events of an item. `[items]` */
  readonly counts: Int32Array;
  /** How much above the mean somebody rates. `[users]` */
  readonly userLevels: Float32Array;
  /** Events that what is expected of an item is worth beside its own; 8 in models from before. */
  readonly itemShrinkage?: number;
}

const USER_SHRINKAGE = 5;
/** Where nothing else is told; found on MovieLens-1M. */
export const defaultItemShrinkage = 8;

/**
 * Alternates shrunken user and item levels (Koren 2010, sec. 2.1) on standardised values.
 *
 * @param itemShrinkage events at the mean that every item is given; 0 trusts a single event wholly
 */
export function fitItemMeans(train: Dataset, itemShrinkage: number = defaultItemShrinkage): ItemMeans {
  const { user, item, value } = train.interactions;
  const { mean, deviation } = moments(value);
  const z = value.map((v) => (v - mean) / deviation);
  const userLevels = new Float32Array(train.users.ids.length);
  const [itemLevels, sums] = [
    new Float32Array(train.items.ids.length),
    new Float32Array(train.items.ids.length),
  ];
  const userCounts = countsOf(user, userLevels.length);
  const counts = countsOf(item, itemLevels.length);
  for (let round = 0; round < 5; round++) {
    sums.fill(0);
    z.forEach((v, row) => {
      sums[item[row]!]! += v - userLevels[user[row]!]!;
    });
    itemLevels.forEach((_, i) => {
      itemLevels[i] = sums[i]! / (counts[i]! + itemShrinkage);
    });
    if (round === 4) break;
    userLevels.fill(0);
    z.forEach((v, row) => {
      userLevels[user[row]!]! += (v - itemLevels[item[row]!]!) / (userCounts[user[row]!]! + USER_SHRINKAGE);
    });
  }
  return { mean, deviation, sums, counts, userLevels, itemShrinkage };
}

/** A training person's own events, to be taken out of the means they went into. */
export interface OwnEvents {
  readonly user: number;
  readonly history: History;
}

/**
 * Levels of items in standard deviations, shrunk towards what content says of them, and how many events they rest on;
 * without the person's own event. `level[i] = (sum - own + s prior[i]) / (count - own count + s)`, s being the shrinkage
 *
 * @param prior content's opinion of each item's level. `[items of the data set]`
 */
export function itemLevels(
  means: ItemMeans,
  prior: Float32Array,
  items: Int32Array,
  own?: OwnEvents,
): { level: Float32Array; count: Float32Array } {
  const { itemShrinkage = defaultItemShrinkage } = means;
  const level = new Float32Array(items.length);
  const count = new Float32Array(items.length);
  const mine = new Map<number, number>();
  own?.history.items.forEach((item, i) => {
    mine.set(item, (own.history.values[i]! - means.mean) / means.deviation - means.userLevels[own.user]!);
  });
  items.forEach((item, i) => {
    const share = mine.get(item);
    count[i] = means.counts[item]! - (share === undefined ? 0 : 1);
    level[i] = (means.sums[item]! - (share ?? 0) + itemShrinkage * prior[item]!) / (count[i] + itemShrinkage);
  });
  return { level, count };
}

function countsOf(rows: Int32Array, size: number): Int32Array {
  const counts = new Int32Array(size);
  for (const row of rows) counts[row]!++;
  return counts;
}

/** Mean and standard deviation; a deviation of 1 where all values are equal. */
export function moments(values: Float32Array): { mean: number; deviation: number } {
  const n = Math.max(1, values.length);
  const mean = values.reduce((a, b) => a + b, 0) / n;
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / n;
  return { mean, deviation: Math.sqrt(variance) || 1 };
}
