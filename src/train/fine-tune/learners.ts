import type { RunContext } from "../../base/progress.ts";
import type { Dataset } from "../../data/dataset.ts";
import type { Matrix } from "../../encoders/bags.ts";
import type { Checkpoint } from "../../encoders/pretrained/checkpoint/checkpoint.ts";
import { layerRates } from "../../encoders/pretrained/strategies/depth.ts";
import { strategyOf } from "../../encoders/pretrained/strategies/strategies.ts";
import { type ContentWorld, defaultFineTuneConfig } from "../../meta/transfer/fine-tune/config.ts";
import { givenFeatures } from "../../meta/transfer/fine-tune/features.ts";
import { fineTuning } from "../../meta/transfer/fine-tune/fine-tune.ts";
import { networkFeatures } from "../../meta/transfer/fine-tune/network-features.ts";
import type { FineTuning, TunedPrior } from "../../meta/transfer/fine-tune/types.ts";
import { catalogueSlices, type Slices, sliceBetween } from "../../tasks/slices.ts";
import type { Task } from "../../tasks/task.ts";
import { itemTexts } from "../encoders/texts.ts";
import { metaTrain, type Trained } from "../loop.ts";
import { type ItemSplit, itemTokens } from "./prepare.ts";
import type { FineTuningRequest } from "./request.ts";

/** Epochs of a head without a better result on held-out items. */
const HEAD_PATIENCE = 10;

type Found = Trained<TunedPrior>;

/** A learner, and what it found. */
export interface Ended {
  readonly learner: FineTuning;
  readonly found: Found;
}

/** The head on vectors that stay as they are: cheap, for no text is encoded. */
export async function trainHead(
  vectors: Matrix,
  { world, split, request }: { world: ContentWorld; split: ItemSplit; request: FineTuningRequest },
  context: RunContext,
): Promise<Ended> {
  const { seed, threads, items, headEpochs: epochs } = request;
  const steps = epochs * stepsOf(split, items);
  const learner = fineTuning(givenFeatures(vectors), world, { threads, steps, people: roomOf(split) });
  const loop = {
    seed,
    batchTasks: 1,
    context,
    label: "head on given vectors",
    epochs,
    patience: HEAD_PATIENCE,
  };
  return { learner, found: await metaTrain(learner, slicesOf(split, items), loop) };
}

export interface Joint {
  readonly base: Checkpoint;
  readonly dataset: Dataset;
  readonly world: ContentWorld;
  readonly split: ItemSplit;
  readonly head: TunedPrior["head"];
}

/** Head and encoder together, from that head and the base on. */
export async function trainTogether(
  joint: Joint,
  request: FineTuningRequest,
  context: RunContext,
): Promise<Ended> {
  const { seed, strategy, items, patience, checkpoint } = request;
  const learner = learnerOf(joint, request);
  const epochs = strategy === "frozen" ? 0 : request.epochs;
  const run = { seed, batchTasks: 1, context, label: `fine-tune (${strategy})`, epochs, patience };
  const state = checkpoint === undefined ? {} : { checkpoint };
  return { learner, found: await metaTrain(learner, slicesOf(joint.split, items), { ...run, ...state }) };
}

function learnerOf({ base, dataset, world, split, head }: Joint, request: FineTuningRequest): FineTuning {
  const { config } = base;
  const { threads, learningRate: networkLearningRate, epochs, items } = request;
  const features = networkFeatures({
    config,
    weights: base.params,
    tokens: itemTokens(base, itemTexts(dataset.items), request.maxTokens),
    strategy: strategyOf(config, request.strategy, request.settings),
    rateOf: layerRates(config, request.layerDecay),
    checkpointing: request.checkpointing,
  });
  const learningRate = Math.max(1e-3, networkLearningRate);
  const steps = epochs * stepsOf(split, items);
  const given = { threads, networkLearningRate, learningRate, steps, people: roomOf(split) };
  return fineTuning(features, world, given, head);
}

/** Rows of a step: no more than there are people. */
function roomOf({ question }: ItemSplit): number {
  return Math.min(defaultFineTuneConfig.people, question.protocol.train.warmUsers.length);
}

/** Steps of an epoch. */
export function stepsOf({ taught }: ItemSplit, items: number): number {
  return Math.max(1, Math.floor(taught.length / items));
}

/** Slices of the taught items; to stop by, the held-out ones in four parts, asked of those who met some of the taught. */
function slicesOf({ taught, valid, question }: ItemSplit, items: number): Slices & { valid: Task[] } {
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
