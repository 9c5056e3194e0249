import type { RunContext } from "../base/progress.ts";
import { createDataset, type Dataset, type Table } from "../data/dataset.ts";
import { readTriples } from "../data/read/triples.ts";
import { type Triple, triplesOf } from "../encoders/knowledge/graph.ts";
import { graphEncoders, withGraphVectors } from "../encoders/knowledge/graph-columns.ts";
import { openTextEncoder } from "../encoders/pretrained/open-text-encoder.ts";
import {
  type EncoderChoice,
  parseEncoderChoices,
  withTextVectors,
} from "../encoders/pretrained/text-columns.ts";

/** Where vectors lie that were computed before. */
const vectorsFolder = ".foretaste/vectors";

/**
 * A data set whose items carry what a pretrained encoder says of their texts, or a graph of their relations, as columns of
 * vectors like any others; the data set itself when no encoder is named.
 *
 * @param encoder `NAME` or `NAME:column,column`; several with `+` between them. `graph` and `distmult` read attributes of
 *   categories, and files of triples: names that end in .tsv
 * @throws CONFIG, NOT_FOUND (an encoder that is not here), DATA (no texts), CANCELLED
 */
export async function encodeItems<D extends Dataset>(
  dataset: D,
  encoder: string | undefined,
  ctx: RunContext,
): Promise<D> {
  if (encoder === undefined) return dataset;
  let items = dataset.items;
  for (const choice of parseEncoderChoices(encoder)) items = await encodeBy(choice, items, ctx);
  return { ...dataset, items, hash: createDataset({ ...dataset, items }).hash };
}

async function encodeBy({ name, columns }: EncoderChoice, items: Table, ctx: RunContext): Promise<Table> {
  if (Object.hasOwn(graphEncoders, name))
    return withGraphVectors(items, name, await factsOf(items, columns, ctx), ctx);
  const opened = await openTextEncoder(name, { threads: 2, cache: vectorsFolder }, ctx);
  try {
    return await withTextVectors(items, opened, columns, ctx);
  } finally {
    await opened.release();
  }
}

/** Of attributes of categories, all unless told, and of files. */
async function factsOf(
  items: Table,
  sources: readonly string[] | undefined,
  ctx: RunContext,
): Promise<Triple[]> {
  const isFile = (name: string): boolean => name.endsWith(".tsv");
  const facts = triplesOf(
    items,
    sources?.filter((name) => !isFile(name)),
  );
  for (const file of sources?.filter(isFile) ?? []) facts.push(...(await readTriples(file, ctx)));
  return facts;
}
