import type { RunContext } from "../../../base/progress.ts";
import { checkStop } from "../../../base/stop.ts";
import {
  calibrate,
  compile,
  input,
  joinRanges,
  matmul,
  mul,
  type Ranges,
  reshape,
  type Tensor,
  unsqueeze,
} from "../../../tensor/index.ts";
import { batchesByLength, type PaddedTokens, padTokens } from "../batches.ts";
import { type Checkpoint, changedCheckpoint } from "../checkpoint/checkpoint.ts";
import { storedInputs } from "../checkpoint/stored.ts";
import { openTokenizer } from "../checkpoint/tokens.ts";
import { encodeTokens } from "../transformer/network.ts";
import { linearMaps } from "../transformer/params.ts";

/** Tokens of one batch while a network is watched. */
const BATCH_TOKENS = 1024;

/** Second moments `sum x x^T` of what enters a linear map, over all tokens; `[from, from]` */
export type Moments = ReadonlyMap<string, Float32Array>;

/** A watched batch: its tensors and its numbers. */
interface Batch {
  readonly size: readonly [rows: number, length: number];
  readonly feeds: PaddedTokens;
}

function batchesOf({ tokenizer, maxTokens }: Checkpoint, texts: readonly string[]): Batch[] {
  const tokens = texts.map(openTokenizer(tokenizer, maxTokens));
  const lengths = tokens.map(({ length }) => length);
  return batchesByLength(lengths, { longest: maxTokens, tokens: BATCH_TOKENS }).map((batch) => ({
    size: [batch.rows, batch.length],
    feeds: padTokens(tokens, batch),
  }));
}

/** Holes for tokens of a size. */
function tokenInputs(size: Batch["size"]) {
  return { ids: input("ids", size, "int32"), mask: input("mask", size) };
}

/**
 * A checkpoint in 8 bits that rounds what meets its weights by ranges seen on typical texts, instead of by row: static
 * quantisation. Faster than by row, and less exact.
 *
 * @param rounded from `roundCheckpoint`
 * @throws CANCELLED
 */
export async function calibrateCheckpoint(
  rounded: Checkpoint,
  texts: readonly string[],
  ctx: RunContext,
): Promise<Checkpoint> {
  const { config, stored } = rounded;
  const { inputs, params } = storedInputs(config, stored);
  const batches = batchesOf(rounded, texts);
  const report = ctx.progress.start("calibrate", batches.length);
  let activations: Ranges = {};
  for (const [i, { size, feeds }] of batches.entries()) {
    checkStop(ctx, "calibration", { done: i, of: batches.length, what: "batches" });
    const tokens = tokenInputs(size);
    const vectors = encodeTokens(config, params, tokens);
    const all = [{ tokens: { ...feeds }, stored }];
    const seen = await calibrate({ tokens, stored: inputs }, { vectors }, all, { offThread: false });
    activations = joinRanges(activations, seen);
    report.update(i + 1);
  }
  report.finish();
  return changedCheckpoint(rounded, { stored, activations });
}

/**
 * Moments of what enters each linear map on typical texts, by the map's path. They say which inputs matter to low-rank
 * factors and to pruning.
 *
 * @throws CANCELLED
 */
export async function inputMoments(
  { config, stored, ...rest }: Checkpoint,
  texts: readonly string[],
  ctx: RunContext,
): Promise<Moments> {
  const sums = new Map(linearMaps(config).map(({ path, from }) => [path, new Float32Array(from * from)]));
  const batches = batchesOf({ config, stored, ...rest }, texts);
  const report = ctx.progress.start("watch what enters the layers", batches.length);
  for (const [i, { size, feeds }] of batches.entries()) {
    checkStop(ctx, "calibration", { done: i, of: batches.length, what: "batches" });
    const { inputs, params } = storedInputs(config, stored);
    const tokens = tokenInputs(size);
    const moments: Record<string, Tensor> = {};
    const vectors = encodeTokens(config, params, tokens, {
      linear(path, x, plain) {
        const seen = reshape(mul(x, unsqueeze(tokens.mask, -1)), [size[0] * size[1], x.shape.at(-1)!]);
        moments[path] = matmul(seen, seen, { transposeA: true });
        return plain(x);
      },
    });
    const program = await compile({ tokens, stored: inputs }, { moments, vectors }, { offThread: false });
    const found = (await program.run({ tokens: { ...feeds }, stored })).moments;
    await program.release();
    for (const [path, sum] of sums) found[path]?.forEach((value, at) => void (sum[at]! += value));
    report.update(i + 1);
  }
  report.finish();
  return sums;
}
