import type { Column, Dataset, Table } from "../../data/dataset.ts";
import type { JoinedDomains } from "../../data/join/join.ts";
import { stackTables } from "../../data/join/join.ts";
import { contentNumbers } from "../../encoders/content-numbers.ts";
import { defaultContentPriorOptions, fitContentPrior } from "../../encoders/content-prior.ts";
import { encodeTable, fitEncoder } from "../../encoders/encoder.ts";
import { fitItemMeans, itemLevels } from "../../encoders/item-means.ts";
import { summedContent } from "../../meta/bayes/content.ts";
import type { KnownPrior } from "../../meta/transfer/carry.ts";

/** Names of the columns that say what another domain knows of an item. */
export const knowledgeColumns = {
  popularity: "source popularity",
  level: "source level",
  taste: "source taste",
} as const;

/** Items of the source that its content is learned from. */
const LEARNED = 1500;
/** Log popularity and level. */
const WIDTH = 2;

/**
 * Feature transfer: what the source knows of the target's items, as columns. How often an item was used (log) and how
 * high it is rated: of an item that the source has under the same name as it is, of any other what a Gaussian process
 * says by its content. And what people of the source it would please: its features in the head trained there.
 *
 * @param head meta-trained on the source; its catalogue's encoder knows the target's attributes
 */
export async function sourceKnowledge(
  joined: JoinedDomains,
  head: KnownPrior,
): Promise<{ readonly source: Table["columns"]; readonly target: Table["columns"] }> {
  const { source, target, itemTwins } = joined;
  const width = WIDTH;
  const { counts, values } = learnedOf(source);
  const items = stackTables(source.items, target.items);
  const rows = items.ids.length;
  const sources = source.items.ids.length;
  const all = ownRows(sources);
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
  return {
    source: { ...columnsOf(known), ...tasteColumn(head, source.items, ownRows(sources)) },
    target: { ...columnsOf(own), ...tasteColumn(head, target.items, itemTwins) },
  };
}

/** Log popularity and level, both standardised, of every item with events. `[items, 2]` */
function learnedOf({ interactions, items, users }: Dataset): {
  readonly counts: Int32Array;
  readonly values: Float32Array;
} {
  const means = fitItemMeans({ interactions, items, users } as Dataset);
  const { counts } = means;
  const rows = Int32Array.from(items.ids.keys());
  const { level } = itemLevels(means, new Float32Array(rows.length), rows);
  const seen = Array.from(rows).filter((row) => counts[row]! > 0);
  const popularity = standardised(
    counts.map((count) => count),
    seen,
    Math.log1p,
  );
  const levels = standardised(level, seen, (x) => x);
  const values = new Float32Array(rows.length * WIDTH);
  for (const row of seen) {
    const at = row * WIDTH;
    values[at] = popularity(row);
    values[at + 1] = levels(row);
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

function columnsOf(values: Float32Array): Table["columns"] {
  const numbers = (at: number): Column => ({
    kind: "numeric",
    values: Float64Array.from({ length: values.length / WIDTH }, (_, row) => values[row * WIDTH + at]!),
  });
  return { [knowledgeColumns.popularity]: numbers(0), [knowledgeColumns.level]: numbers(1) };
}

/** Features of items in the source's head: content, and the item's own embedding where it is known there. */
function tasteColumn({ prior, catalogue }: KnownPrior, items: Table, twins: Int32Array): Table["columns"] {
  const { id } = prior.params as { readonly id: Float32Array };
  const width = id.length / catalogue.warm.length;
  const rows = Int32Array.from(items.ids.keys());
  const table = { data: prior.content, width: width + 1 };
  const content = summedContent(encodeTable(catalogue.encoder, items), table, rows);
  const values = new Float32Array(rows.length * width);
  for (const row of rows) {
    const twin = twins[row]! < 0 ? -1 : catalogue.warmRow[twins[row]!]!;
    for (let k = 0; k < width; k++)
      values[row * width + k] = content[row * (width + 1) + k]! + (twin < 0 ? 0 : id[twin * width + k]!);
  }
  return { [knowledgeColumns.taste]: { kind: "vector", values, width } };
}

function ownRows(count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, row) => row);
}
