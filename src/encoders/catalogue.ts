import type { Dataset, Scale, Table } from "../data/dataset.ts";
import type { Bags } from "./bags.ts";
import {
  defaultEncoderOptions,
  type Encoder,
  type EncoderOptions,
  encodeTable,
  fitEncoder,
} from "./encoder.ts";
import { fitTrends, type Trends } from "./trends.ts";

/** All a learner knows of the items before it meets a person: fitted on training only, plain data. */
export interface Catalogue {
  readonly items: Table;
  readonly scale: Scale;
  /** Mean and standard deviation of the training values. */
  readonly values: { readonly mean: number; readonly deviation: number };
  /** Items with enough training events for an embedding of their own, ascending rows of `items`. */
  readonly warm: Int32Array;
  /** Position of an item in `warm`, or -1. `[items]` */
  readonly warmRow: Int32Array;
  /** Training events of each item. `[items]` */
  readonly counts: Int32Array;
  readonly encoder: Encoder;
  readonly bags: Bags;
  readonly trends: Trends;
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
  const counts = new Int32Array(items.ids.length);
  const strong = new Int32Array(items.ids.length);
  interactions.item.forEach((item, row) => {
    counts[item]!++;
    if ((interactions.value[row] as number) >= (options.atLeast ?? Number.NEGATIVE_INFINITY)) strong[item]!++;
  });
  const warm = Int32Array.from(counts.keys()).filter((item) => strong[item]! >= options.minEvents);
  const seen = Int32Array.from(counts.keys()).filter((item) => counts[item]! > 0);
  const encoder = fitEncoder(items, seen, options.encoder ?? defaultEncoderOptions);
  return assemble(
    { items, scale, warm, counts, encoder },
    { values: moments(interactions.value), trends: fitTrends(train, { catalogue: warm }) },
  );
}

type Known = Pick<Catalogue, "items" | "scale" | "warm" | "counts" | "encoder">;

/** Rebuilds the derived parts (bags, row numbers) from what is saved. */
export function assemble(known: Known, rest: Pick<Catalogue, "values" | "trends">): Catalogue {
  const warmRow = new Int32Array(known.items.ids.length).fill(-1);
  known.warm.forEach((item, row) => {
    warmRow[item] = row;
  });
  return { ...known, ...rest, warmRow, bags: encodeTable(known.encoder, known.items) };
}

function moments(values: Float32Array): { mean: number; deviation: number } {
  const n = Math.max(1, values.length);
  const mean = values.reduce((a, b) => a + b, 0) / n;
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / n;
  return { mean, deviation: Math.sqrt(variance) || 1 };
}

/** Number of distinct positions `levelOf` gives. */
export const LEVELS = 11;

/** A value's position on the scale as a whole number from 0 to `LEVELS - 1`. */
export function levelOf(scale: Scale, value: number): number {
  const share = scale.max > scale.min ? (value - scale.min) / (scale.max - scale.min) : 1;
  return Math.round(Math.min(1, Math.max(0, share)) * (LEVELS - 1));
}
