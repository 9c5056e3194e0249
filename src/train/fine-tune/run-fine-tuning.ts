import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { ForetasteError } from "../../base/errors.ts";
import type { RunContext } from "../../base/progress.ts";
import { type Checkpoint, readCheckpoint } from "../../encoders/pretrained/checkpoint/checkpoint.ts";
import { checkpointFolder } from "../../encoders/pretrained/open-text-encoder.ts";
import { writeDelta } from "../../encoders/pretrained/strategies/delta.ts";
import { layerRates } from "../../encoders/pretrained/strategies/depth.ts";
import { strategyOf, trainedNumbers } from "../../encoders/pretrained/strategies/strategies.ts";
import type { StrategyName, StrategySettings } from "../../encoders/pretrained/strategies/strategy.ts";
import { paramShapes } from "../../encoders/pretrained/transformer/params.ts";
import {
  bootstrapMean,
  type Interval,
  type PairedInterval,
  pairedBootstrap,
} from "../../evaluate/bootstrap.ts";
import { evaluateRanker } from "../../evaluate/evaluate.ts";
import { ndcgBinary } from "../../evaluate/metrics/ndcg.ts";
import type { Protocol } from "../../evaluate/protocols/protocol.ts";
import { asRanker } from "../../meta/ranker.ts";
import { givenFeatures } from "../../meta/transfer/fine-tune/features.ts";
import { fineTuning } from "../../meta/transfer/fine-tune/fine-tune.ts";
import { networkFeatures } from "../../meta/transfer/fine-tune/network-features.ts";
import type { FineTuning, TunedPrior } from "../../meta/transfer/fine-tune/types.ts";
import { catalogueSlices, sliceBetween } from "../../tasks/slices.ts";
import { itemTexts } from "../compress/texts.ts";
import type { DataConfig } from "../config.ts";
import { loadData } from "../load-data.ts";
import { metaTrain } from "../loop.ts";
import { describeWorld, type ItemSplit, itemTokens, splitItems } from "./prepare.ts";

export interface FineTuningRequest {
  /** Name or folder of a checkpoint. */
  readonly encoder: string;
  readonly strategy: StrategyName;
  readonly settings: StrategySettings;
  readonly data: DataConfig;
  /** Folder of the delta; nothing is written when absent. */
  readonly output?: string;
  readonly seed: number;
  /** Most people who are asked in the end. */
  readonly people: number;
  readonly epochs: number;
  readonly patience: number;
  /** Items of a step: half of them are met, half asked about. */
  readonly items: number;
  readonly maxTokens: number;
  /** Of the network; the layer's share of it is `layerDecay` to the power of its distance from the last. */
  readonly learningRate: number;
  readonly layerDecay: number;
  /** Computes layers again for the backward pass: less memory, a third more time. */
  readonly checkpointing: boolean;
  readonly threads: number;
  /** File of the run's state, so that a stopped one goes on. */
  readonly checkpoint?: string;
}

export interface FineTuningResult {
  readonly strategy: StrategyName;
  readonly trained: number;
  /** Of the network's numbers. */
  readonly share: number;
  readonly bestEpoch: number;
  /** Loss of held-out items under the head on frozen features, and in the end. */
  readonly valid: { readonly before: number; readonly after: number };
  /** nDCG@10 of strict cold items under the head on frozen features, and in the end. */
  readonly before: Interval;
  readonly after: Interval;
  readonly difference: PairedInterval;
  readonly secondsPerStep: number;
  readonly steps: number;
  readonly bytes?: number;
}

/** Epochs of the head on frozen features: cheap, for no text is encoded. */
const HEAD_EPOCHS = 60;

/**
 * Fine-tunes an encoder through meta-training: first the head of closed form learns on frozen features, then both learn
 * together from there (Kumar et al. 2022). A fifth of the items is asked about in the end, a tenth of the others stops
 * training; neither is learned from.
 *
 * @throws CONFIG when the output is there already; NOT_FOUND, SPLIT, NUMERIC, CANCELLED
 */
export async function runFineTuning(request: FineTuningRequest, ctx: RunContext): Promise<FineTuningResult> {
  const { encoder, seed, threads, maxTokens, output } = request;
  checkOutput(output);
  const base = readCheckpoint(checkpointFolder(encoder));
  const { dataset } = await loadData(request.data, ctx);
  const split = splitItems(dataset, request);
  const described = await describeWorld(base, dataset, { taught: split.taught, maxTokens, threads }, ctx);
  const { vectors, world } = described;
  const tasks = (items: number) => slicesOf(split, items);
  const frozen = fineTuning(givenFeatures(vectors), world, { threads, steps: HEAD_EPOCHS * 8 });
  const loop = { seed, batchTasks: 1, context: ctx };
  const head = await metaTrain(frozen, tasks(request.items), {
    ...loop,
    label: "head on frozen features",
    epochs: HEAD_EPOCHS,
    patience: 10,
  });
  const before = await quality(frozen, head.prior, split, seed, ctx);
  const learner = tunedLearner(request, { base, texts: itemTexts(dataset.items), world, head: head.prior });
  const slices = tasks(request.items);
  const started = performance.now();
  if (request.checkpoint !== undefined)
    await mkdir(request.checkpoint.replace(/[^/]*$/, "") || ".", { recursive: true });
  const found = await metaTrain(learner, slices, {
    ...loop,
    label: `fine-tune (${request.strategy})`,
    epochs: request.strategy === "frozen" ? 0 : request.epochs,
    patience: request.patience,
    ...(request.checkpoint === undefined ? {} : { checkpoint: request.checkpoint }),
  });
  const seconds = (performance.now() - started) / 1000;
  const steps = Math.max(
    1,
    (found.history.length - found.resumed) * Math.floor(split.taught.length / request.items),
  );
  const after = await quality(learner, found.prior, split, seed, ctx);
  const strategy = strategyOf(base.config, request.strategy, request.settings);
  const trained = trainedNumbers(strategy);
  const delta = {
    base: encoder,
    baseHash: base.hash,
    strategy: request.strategy,
    settings: request.settings,
  };
  const bytes =
    output === undefined
      ? undefined
      : await writeDelta(output, { ...delta, maxTokens, trained: found.prior.trained });
  await Promise.all([frozen.release(), learner.release()]);
  if (request.checkpoint !== undefined) await rm(request.checkpoint, { force: true });
  return {
    strategy: request.strategy,
    trained,
    share: trained / numbersOf(base),
    bestEpoch: found.bestEpoch,
    valid: { before: head.bestValid, after: found.bestValid },
    before: bootstrapMean(before, { seed }),
    after: bootstrapMean(after, { seed }),
    difference: pairedBootstrap(after, before, { seed }),
    secondsPerStep: seconds / steps,
    steps,
    ...(bytes === undefined ? {} : { bytes }),
  };
}

interface TunedParts {
  readonly base: Checkpoint;
  readonly texts: readonly string[];
  readonly world: Parameters<typeof fineTuning>[1];
  readonly head: TunedPrior;
}

function tunedLearner(request: FineTuningRequest, { base, texts, world, head }: TunedParts): FineTuning {
  const { config } = base;
  const features = networkFeatures({
    config,
    weights: base.params,
    tokens: itemTokens(base, texts, request.maxTokens),
    strategy: strategyOf(config, request.strategy, request.settings),
    rateOf: layerRates(config, request.layerDecay),
    checkpointing: request.checkpointing,
  });
  const { threads, learningRate: networkLearningRate, epochs } = request;
  const steps = epochs * Math.max(1, Math.floor(world.known.length / request.items));
  const given = { threads, networkLearningRate, learningRate: Math.max(1e-3, networkLearningRate), steps };
  return fineTuning(features, world, given, head.head);
}

/** Slices of the taught items; to stop by, two of the held-out ones asked of those who met some of the taught. */
function slicesOf({ taught, valid, question }: ItemSplit, items: number) {
  const { interactions } = question.protocol.train;
  const half = Math.floor(items / 2);
  const slices = catalogueSlices(interactions, taught, { support: half, query: items - half });
  const between = sliceBetween(interactions);
  const asked = [0, 1, 2, 3].map((i) =>
    between(`valid ${i}`, taught.slice(i * half, (i + 1) * half), everyFourth(valid, i)),
  );
  return { ...slices, valid: asked };
}

const everyFourth = (rows: Int32Array, from: number): Int32Array => rows.filter((_, i) => i % 4 === from);

async function quality(
  learner: FineTuning,
  prior: TunedPrior,
  { question }: ItemSplit,
  seed: number,
  context: RunContext,
): Promise<Float64Array> {
  const ranker = asRanker(learner, prior, "content head");
  const protocol: Protocol = question.protocol;
  const { groups } = await evaluateRanker(ranker, protocol, { metrics: [ndcgBinary(10)], seed, context });
  return groups[0]!.metrics["ndcg_binary@10"]!;
}

function numbersOf({ config }: Checkpoint): number {
  return paramShapes(config).reduce((sum, [, shape]) => sum + shape.reduce((a, b) => a * b, 1), 0);
}

function checkOutput(output: string | undefined): void {
  if (output === undefined || !existsSync(output)) return;
  const expected = "a folder that is not there yet";
  throw new ForetasteError("CONFIG", { where: "--output", expected, got: output });
}
