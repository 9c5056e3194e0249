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

/** The same with its tokeniser: all that an encoder of texts is made of. */
export interface TextBatchEncoder extends BatchEncoder {
  tokenise(text: string): ArrayLike<number>;
}

/** Texts that are tokenised before the event loop runs again, where a stop may have been asked for. */
const TOKENISED_AT_ONCE = 256;

/**
 * {@link embedTokens} of texts. `[texts.length, width]`
 *
 * @throws CANCELLED when `ctx.signal` says so
 */
export async function embedTexts(
  texts: readonly string[],
  encoder: TextBatchEncoder,
  ctx: RunContext,
): Promise<Matrix> {
  const tokens: ArrayLike<number>[] = [];
  for (const [i, text] of texts.entries()) {
    if (i % TOKENISED_AT_ONCE === 0) {
      await new Promise((resolve) => setImmediate(resolve));
      if (ctx.signal?.aborted === true) throw cancelled(encoder.name, 0, texts.length);
    }
    tokens.push(encoder.tokenise(text));
  }
  return embedTokens(tokens, encoder, ctx);
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
  try {
    for (const batch of batchesByLength(lengths, plan)) {
      if (signal?.aborted === true) throw cancelled(name, done, tokens.length);
      const vectors = await encode(batch, padTokens(tokens, batch));
      batch.texts.forEach((text, row) => {
        data.set(vectors.subarray(row * width, (row + 1) * width), text * width);
      });
      report.update((done += batch.texts.length));
    }
  } finally {
    report.finish();
  }
  return { data, width };
}

function cancelled(name: string, done: number, texts: number): ForetasteError {
  return new ForetasteError("CANCELLED", {
    where: `encoder ${name}`,
    expected: `${texts} texts`,
    got: `a stop after ${done}`,
  });
}
