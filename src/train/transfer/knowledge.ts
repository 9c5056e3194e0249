import type { Column, Dataset, Table } from "../../data/dataset.ts";
import type { JoinedDomains } from "../../data/join/join.ts";
import { stackTables } from "../../data/join/join.ts";
import { contentNumbers } from "../../encoders/content-numbers.ts";
import { defaultContentPriorOptions, fitContentPrior } from "../../encoders/content-prior.ts";
import { encodeTable, fitEncoder } from "../../encoders/encoder.ts";
import { fitFactors } from "../../encoders/factors.ts";
import { fitItemMeans, itemLevels } from "../../encoders/item-means.ts";

/** Names of the columns that say what another domain knows of an item. */
export const knowledgeColumns = {
  popularity: "source popularity",
  level: "source level",
  taste: "source taste",
} as const;

/** Length of the vector of taste. */
const FACTORS = 16;
/** Items of the source that its content is learned from. */
const LEARNED = 1500;

/**
 * Feature transfer: what the source knows of the target's items, as columns. How often an item was used (log), how high
 * it is rated, and its factors among the source's people; of an item that the source has under the same name as it is,
 * of any other what a Gaussian process says by its content.
 */
export async function sourceKnowledge(
  joined: JoinedDomains,
): Promise<{ readonly source: Table["columns"]; readonly target: Table["columns"] }> {
  const { source, target, itemTwins } = joined;
  const width = 2 + FACTORS;
  const { counts, values } = learnedOf(source);
  const items = stackTables(source.items, target.items);
  const rows = items.ids.length;
  const sources = source.items.ids.length;
  const all = Int32Array.from({ length: sources }, (_, row) => row);
  const encoder = fitEncoder(items, all);
  const bags = encodeTable(encoder, items);
  const options = defaultContentPriorOptions;
  const numbers = contentNumbers({ items, encoder, bags, seen: all }, options.kernel);
  const padded = { counts: new Int32Array(rows), values: new Float32Array(rows * width) };
  padded.counts.set(counts);
  padded.values.set(values);
  const prior = await fitContentPrior(
    { bags, numbers, counts: padded.counts, values: padded.values, width },
    { ...options, maxItems: LEARNED, threads: 1 },
  );
  const known = values.slice();
  counts.forEach((count, row) => {
    if (count === 0) known.set(prior.mean.subarray(row * width, (row + 1) * width), row * width);
  });
  const own = new Float32Array(target.items.ids.length * width);
  itemTwins.forEach((twin, row) => {
    const guessed = prior.mean.subarray((sources + row) * width, (sources + row + 1) * width);
    const at = twin >= 0 && counts[twin]! > 0 ? values.subarray(twin * width, (twin + 1) * width) : guessed;
    own.set(at, row * width);
  });
  return { source: columnsOf(known, width), target: columnsOf(own, width) };
}

/** Log popularity and level, both standardised, and factors of every item with events. `[items, 2 + FACTORS]` */
function learnedOf({ interactions, items, users }: Dataset): {
  readonly counts: Int32Array;
  readonly values: Float32Array;
} {
  const means = fitItemMeans({ interactions, items, users } as Dataset);
  const { counts } = means;
  const rows = Int32Array.from(items.ids.keys());
  const { level } = itemLevels(means, new Float32Array(rows.length), rows);
  const residuals = interactions.value.map((value, row) => {
    const own = (value - means.mean) / means.deviation - means.userLevels[interactions.user[row]!]!;
    return own - level[interactions.item[row]!]!;
  });
  const size = { users: users.ids.length, items: items.ids.length };
  const factors = fitFactors(interactions, residuals, size, {
    size: FACTORS,
    regularisation: 9,
    rounds: 5,
    seed: 1,
  });
  const seen = Array.from(rows).filter((row) => counts[row]! > 0);
  const popularity = standardised(
    counts.map((count) => count),
    seen,
    Math.log1p,
  );
  const levels = standardised(level, seen, (x) => x);
  const values = new Float32Array(rows.length * (2 + FACTORS));
  for (const row of seen) {
    const at = row * (2 + FACTORS);
    values[at] = popularity(row);
    values[at + 1] = levels(row);
    values.set(factors.subarray(row * FACTORS, (row + 1) * FACTORS), at + 2);
  }
  return { counts, values };
}

function standardised(
  values: ArrayLike<number>,
  seen: readonly number[],
  of: (x: number) => number,
): (row: number) => number {
  const known = seen.map((row) => of(values[row]!));
  const mean = known.reduce((sum, x) => sum + x, 0) / Math.max(1, known.length);
  const deviation =
    Math.sqrt(known.reduce((sum, x) => sum + (x - mean) ** 2, 0) / Math.max(1, known.length)) || 1;
  return (row) => (of(values[row]!) - mean) / deviation;
}

function columnsOf(values: Float32Array, width: number): Table["columns"] {
  const rows = values.length / width;
  const numbers = (at: number): Column => ({
    kind: "numeric",
    values: Float64Array.from({ length: rows }, (_, row) => values[row * width + at]!),
  });
  const taste = new Float32Array(rows * FACTORS);
  for (let row = 0; row < rows; row++)
    taste.set(values.subarray(row * width + 2, (row + 1) * width), row * FACTORS);
  return {
    [knowledgeColumns.popularity]: numbers(0),
    [knowledgeColumns.level]: numbers(1),
    [knowledgeColumns.taste]: { kind: "vector", values: taste, width: FACTORS },
  };
}
