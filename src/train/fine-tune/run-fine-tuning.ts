import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { ForetasteError } from "../../base/errors.ts";
import type { RunContext } from "../../base/progress.ts";
import { type Checkpoint, readCheckpoint } from "../../encoders/pretrained/checkpoint/checkpoint.ts";
import { checkpointFolder } from "../../encoders/pretrained/open-text-encoder.ts";
import { type Delta, writeDelta } from "../../encoders/pretrained/strategies/delta.ts";
import { strategyOf, trainedNumbers } from "../../encoders/pretrained/strategies/strategies.ts";
import { paramShapes } from "../../encoders/pretrained/transformer/params.ts";
import { bootstrapMean, pairedBootstrap } from "../../evaluate/bootstrap.ts";
import { evaluateRanker } from "../../evaluate/evaluate.ts";
import { ndcgBinary } from "../../evaluate/metrics/ndcg.ts";
import { asRanker } from "../../meta/ranker.ts";
import { coldQuality } from "../encoders/cold-quality.ts";
import { settle } from "../encoders/output.ts";
import { loadData } from "../load-data.ts";
import { type Ended, stepsOf, trainHead, trainTogether } from "./learners.ts";
import { describeWorld, type ItemSplit, splitItems, standardOf } from "./prepare.ts";
import type { Change, FineTuningRequest, FineTuningResult } from "./request.ts";

/**
 * Fine-tunes an encoder through meta-training: first the head of closed form learns on frozen features, then both learn
 * together from there (Kumar et al. 2022). A fifth of the items is asked about in the end, a tenth of the others stops
 * training; neither is learned from.
 *
 * @throws CONFIG when the output is there already; NOT_FOUND, SPLIT, NUMERIC, CANCELLED
 */
export async function runFineTuning(request: FineTuningRequest, ctx: RunContext): Promise<FineTuningResult> {
  const { maxTokens, threads, seed, checkpoint } = request;
  checkOutput(request.output);
  const base = readCheckpoint(checkpointFolder(request.encoder));
  const { dataset } = await loadData(request.data, ctx);
  const split = splitItems(dataset, request);
  const options = { taught: split.taught, maxTokens, threads };
  const { vectors, world } = await describeWorld(base, dataset, options, ctx);
  const frozen = await trainHead(vectors, { world, split, request }, ctx);
  if (checkpoint !== undefined) await mkdir(dirname(checkpoint), { recursive: true });
  const started = performance.now();
  const { head } = frozen.found.prior;
  const tuned = await trainTogether({ base, dataset, world, split, head }, request, ctx);
  const seconds = (performance.now() - started) / 1000;
  const after = { width: vectors.width, data: await tuned.learner.vectors(tuned.found.prior, ctx.signal) };
  const linear = (of: typeof vectors): Promise<Float64Array> => coldQuality(split.question, of, request, ctx);
  const fresh = await trainHead(
    after,
    { world: { ...world, standard: standardOf(after, split.taught) }, split, request },
    ctx,
  );
  const result = {
    ...numbersOf(base, request),
    ...progressOf({ frozen, tuned, seconds, perEpoch: stepsOf(split, request.items) }),
    head: change(await quality(frozen, split, seed, ctx), await quality(fresh, split, seed, ctx), seed),
    linear: change(await linear(vectors), await linear(after), seed),
  };
  const data = { name: dataset.name, hash: dataset.hash };
  const bytes = await writeOutput({ base, data }, request, tuned);
  await Promise.all([frozen, tuned, fresh].map(({ learner }) => learner.release()));
  if (checkpoint !== undefined) await rm(checkpoint, { force: true });
  return { ...result, ...bytes };
}

function numbersOf(
  { config }: Checkpoint,
  { strategy, settings }: FineTuningRequest,
): Pick<FineTuningResult, "strategy" | "trained" | "share"> {
  const trained = trainedNumbers(strategyOf(config, strategy, settings));
  const all = paramShapes(config).reduce((sum, [, shape]) => sum + shape.reduce((a, b) => a * b, 1), 0);
  return { strategy, trained, share: trained / all };
}

function progressOf({
  frozen,
  tuned: { found },
  seconds,
  perEpoch,
}: {
  frozen: Ended;
  tuned: Ended;
  seconds: number;
  perEpoch: number;
}): Pick<FineTuningResult, "bestEpoch" | "valid" | "secondsPerStep" | "steps"> {
  const steps = (found.history.length - found.resumed) * perEpoch;
  const valid = { before: frozen.found.bestValid, after: found.bestValid };
  return { bestEpoch: found.bestEpoch, valid, steps, secondsPerStep: steps === 0 ? 0 : seconds / steps };
}

/** nDCG@10 of each person under the head. */
async function quality(
  { learner, found }: Ended,
  { question: { protocol } }: ItemSplit,
  seed: number,
  context: RunContext,
): Promise<Float64Array> {
  const ranker = asRanker(learner, found.prior, "content head");
  const { groups } = await evaluateRanker(ranker, protocol, { metrics: [ndcgBinary(10)], seed, context });
  return groups[0]!.metrics["ndcg_binary@10"]!;
}

function change(before: Float64Array, after: Float64Array, seed: number): Change {
  return {
    before: bootstrapMean(before, { seed }),
    after: bootstrapMean(after, { seed }),
    difference: pairedBootstrap(after, before, { seed }),
  };
}

async function writeOutput(
  { base, data }: { base: Checkpoint; data: Delta["data"] },
  { output, encoder, strategy, settings, maxTokens }: FineTuningRequest,
  { found }: Ended,
): Promise<Pick<FineTuningResult, "bytes">> {
  if (output === undefined) return {};
  const path = resolve(encoder);
  const named = checkpointFolder(encoder) === path ? path : encoder;
  const about = { base: named, baseHash: base.hash, strategy, settings, maxTokens, data };
  const partial = `${resolve(output)}.partial`;
  const bytes = await writeDelta(partial, { ...about, trained: found.prior.trained });
  await settle(partial, resolve(output), true);
  return { bytes };
}

function checkOutput(output: string | undefined): void {
  if (output === undefined || !existsSync(output)) return;
  const expected = "a folder that is not there yet";
  throw new ForetasteError("CONFIG", { where: "--output", expected, got: output });
}
