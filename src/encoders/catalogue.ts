import type { Dataset, Scale, Table } from "../data/dataset.ts";
import type { Bags } from "./bags.ts";
import {
  defaultEncoderOptions,
  type Encoder,
  type EncoderOptions,
  encodeTable,
  fitEncoder,
} from "./encoder.ts";
import { fitItemMeans, type ItemMeans } from "./item-means.ts";
import type { LikeWeights } from "./like-weights.ts";
import { fitTrends, type Trends } from "./trends.ts";

/** All a learner knows of the items before it meets a person: fitted on training only, plain data. */
export interface Catalogue {
  readonly items: Table;
  readonly scale: Scale;
  /** Mean and deviation of the training values, and what the items' are. */
  readonly means: ItemMeans;
  /** Items with enough training events for an embedding of their own, ascending rows of `items`. */
  readonly warm: Int32Array;
  /** Position of an item in `warm`, or -1. `[items]` */
  readonly warmRow: Int32Array;
  readonly encoder: Encoder;
  readonly bags: Bags;
  readonly trends: Trends;
  /** What likes of warm items say of one another, where that was fitted. */
  readonly likeWeights?: LikeWeights;
}

export interface CatalogueOptions {
  /** An item is warm from this many training events at or above `atLeast` on. */
  readonly minEvents: number;
  /** Which events count towards it; all by default. */
  readonly atLeast?: number;
  readonly encoder?: EncoderOptions;
}

/**
 * Fits encoders and trends on the training interactions of a data set.
 *
 * @param train a data set that holds training interactions only
 */
export function fitCatalogue(train: Dataset, options: CatalogueOptions): Catalogue {
  const { items, interactions, scale } = train;
  const strong = new Int32Array(items.ids.length);
  interactions.item.forEach((item, row) => {
    if (interactions.value[row]! >= (options.atLeast ?? Number.NEGATIVE_INFINITY)) strong[item]!++;
  });
  const warm = Int32Array.from(strong.keys()).filter((item) => strong[item]! >= options.minEvents);
  const means = fitItemMeans(train);
  const seen = Int32Array.from(means.counts.keys()).filter((item) => means.counts[item]! > 0);
  const encoder = fitEncoder(items, seen, options.encoder ?? defaultEncoderOptions);
  return assemble({ items, scale, warm, encoder }, { means, trends: fitTrends(train, { catalogue: warm }) });
}

type Known = Pick<Catalogue, "items" | "scale" | "warm" | "encoder">;

/** Rebuilds the derived parts (bags, row numbers) from what is saved. */
export function assemble(known: Known, rest: Pick<Catalogue, "means" | "trends">): Catalogue {
  const warmRow = new Int32Array(known.items.ids.length).fill(-1);
  known.warm.forEach((item, row) => {
    warmRow[item] = row;
  });
  return { ...known, ...rest, warmRow, bags: encodeTable(known.encoder, known.items) };
}

/** Number of distinct positions `levelOf` gives. */
export const LEVELS = 11;

/** A value's position on the scale as a whole number from 0 to `LEVELS - 1`. */
export function levelOf(scale: Scale, value: number): number {
  const share = scale.max > scale.min ? (value - scale.min) / (scale.max - scale.min) : 1;
  return Math.round(Math.min(1, Math.max(0, share)) * (LEVELS - 1));
}
