import type { RunContext } from "../base/progress.ts";
import { createDataset, type Dataset, type Table } from "../data/dataset.ts";
import { openTextEncoder } from "../encoders/pretrained/open-text-encoder.ts";
import {
  type EncoderChoice,
  parseEncoderChoices,
  withTextVectors,
} from "../encoders/pretrained/text-columns.ts";

/** Where vectors lie that were computed before. */
const vectorsFolder = ".foretaste/vectors";

/**
 * A data set whose items carry what a pretrained encoder says of their texts, as columns of vectors like any others; the
 * data set itself when no encoder is named.
 *
 * @param encoder `NAME` or `NAME:column,column`; several with `+` between them
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
  const opened = await openTextEncoder(name, { threads: 2, cache: vectorsFolder }, ctx);
  try {
    return await withTextVectors(items, opened, columns, ctx);
  } finally {
    await opened.release();
  }
}
