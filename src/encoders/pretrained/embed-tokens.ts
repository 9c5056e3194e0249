import { ForetasteError } from "../../base/errors.ts";
import type { RunContext } from "../../base/progress.ts";
import type { Matrix } from "../bags.ts";
import { type BatchPlan, batchesByLength, type PaddedTokens, padTokens, type TextBatch } from "./batches.ts";

/** What turns batches of tokens into vectors. */
export interface BatchEncoder {
  readonly name: string;
  readonly width: number;
  readonly plan: BatchPlan;
  /** `[rows, width]` and more of a padded batch; rows of padding are not looked at. */
  encode(batch: TextBatch, padded: PaddedTokens): Promise<Float32Array>;
}

/**
 * Vectors of tokenised texts, batch by batch in order of length; progress counts texts. `[tokens.length, width]`
 *
 * @throws CANCELLED when `ctx.signal` says so
 */
export async function embedTokens(
  tokens: readonly ArrayLike<number>[],
  { name, width, plan, encode }: BatchEncoder,
  { progress, signal }: RunContext,
): Promise<Matrix> {
  const data = new Float32Array(tokens.length * width);
  const lengths = tokens.map(({ length }) => length);
  const report = progress.start(name, tokens.length);
  let done = 0;
  for (const batch of batchesByLength(lengths, plan)) {
    if (signal?.aborted === true) throw cancelled(name, done, tokens.length);
    const vectors = await encode(batch, padTokens(tokens, batch));
    batch.texts.forEach((text, row) => {
      data.set(vectors.subarray(row * width, (row + 1) * width), text * width);
    });
    report.update((done += batch.texts.length));
  }
  report.finish();
  return { data, width };
}

function cancelled(name: string, done: number, texts: number): ForetasteError {
  return new ForetasteError("CANCELLED", {
    where: `encoder ${name}`,
    expected: `${texts} texts`,
    got: `a stop after ${done}`,
  });
}
