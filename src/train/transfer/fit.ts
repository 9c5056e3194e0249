import type { RunContext } from "../../base/progress.ts";
import { createRng } from "../../base/rng.ts";
import type { Ranker } from "../../data/query.ts";
import { selectRows } from "../../data/splits/interactions.ts";
import { type TrainingDataset, withTraining } from "../../data/splits/training.ts";
import { oneClassBayes } from "../../meta/bayes/one-class.ts";
import type { OneClassConfig } from "../../meta/bayes/one-class-config.ts";
import type { OneClass, OneClassPrior } from "../../meta/bayes/one-class-types.ts";
import { asRanker } from "../../meta/ranker.ts";
import { carryPrior, type KnownPrior } from "../../meta/transfer/carry.ts";
import { jointLearner } from "../../meta/transfer/joint.ts";
import type { JointConfig, Side } from "../../meta/transfer/joint-types.ts";
import { metaTrain } from "../loop.ts";
import { type Augmentation, trainingStreams } from "../streams.ts";
import type { TransferConfig } from "./config.ts";
import { type SourceTasks, withSource } from "./source-tasks.ts";
import type { TransferSide, TransferWorld } from "./world.ts";

/** What every fit of a strategy is given besides its world. */
export interface TransferFit {
  readonly config: TransferConfig;
  readonly seed: number;
  readonly context: RunContext;
}

const SHOTS = [0, 1, 2, 3, 4, 5, 7, 10];
/** Share of the target's people that early stopping watches: more of few people, or it would follow chance. */
const validShare = (people: number): number => (people < 1000 ? 0.2 : 0.1);

type Streams = ReturnType<typeof trainingStreams>;

/** People of one side as tasks, asked as the protocol that judges the target asks. */
export function sideStreams(
  { train, catalogue }: TransferSide,
  { seed }: TransferFit,
  augmentation?: Augmentation,
): Streams {
  const items = new Uint8Array(train.items.ids.length);
  for (const item of catalogue.warm) items[item] = 1;
  return trainingStreams(train, {
    order: "time",
    query: "liked",
    shots: SHOTS,
    items,
    validDraws: 3,
    validFraction: validShare(train.warmUsers.length),
    seed,
    ...(augmentation && { augmentation }),
  });
}

function headConfig(config: TransferConfig, steps: number, batchTasks: number): Partial<OneClassConfig> {
  const { embeddingSize, learningRate, idDropout, penalty, threads } = config;
  return { embeddingSize, learningRate, idDropout, penalty, threads, batchTasks, steps };
}

/** Meta-trains the head on people of the source alone: what it knows before it sees the target. */
export async function fitSource({ source }: TransferWorld, fit: TransferFit): Promise<OneClassPrior> {
  const { config, seed, context } = fit;
  const some = fewer(source.train, config.sourcePeople, seed);
  const batchTasks = 64;
  const streams = sideStreams({ ...source, train: some }, fit);
  const epochs = config.sourceEpochs;
  const steps = Math.ceil(streams.people / batchTasks) * epochs;
  const learner = oneClassBayes(source.catalogue, headConfig(config, steps, batchTasks));
  const { averaging } = config;
  const how = { label: "transfer: the source", seed, epochs, batchTasks, patience: 0, averaging, context };
  return (await metaTrain(learner, streams, how)).prior;
}

/** The training data of at most so many people, drawn by the seed. */
export function fewer(train: TrainingDataset, people: number, seed: number): TrainingDataset {
  if (train.warmUsers.length <= people) return train;
  const kept = new Set(createRng(seed).split("fewer people").sample(train.warmUsers, people));
  const { user } = train.interactions;
  const rows = Int32Array.from(user.keys()).filter((row) => kept.has(user[row]!));
  return withTraining(train, selectRows(train.interactions, rows));
}

/** A head fitted to the target, with its learner. */
export interface FittedTarget {
  readonly learner: OneClass;
  readonly prior: OneClassPrior;
}

export function rankerOf({ learner, prior }: FittedTarget, name: string): Ranker {
  return asRanker(learner, prior, name);
}

export interface TargetOptions {
  /** What training starts from; drawn unless told. */
  readonly start?: OneClassPrior;
  readonly augmentation?: Augmentation;
}

/** Meta-trains the head on people of the target alone. */
export async function fitTarget(
  { target }: TransferWorld,
  fit: TransferFit,
  { start, augmentation }: TargetOptions = {},
): Promise<FittedTarget> {
  const { config, seed, context } = fit;
  const streams = sideStreams(target, fit, augmentation);
  const { batchTasks, epochs, patience, averaging } = sized(config, streams.people);
  const steps = Math.ceil(streams.people / batchTasks) * epochs;
  const learner = oneClassBayes(target.catalogue, headConfig(config, steps, batchTasks));
  const started: OneClass =
    start === undefined ? learner : { ...learner, init: (rng) => ({ ...learner.init(rng), prior: start }) };
  const how = { label: "transfer: the target", seed, epochs, batchTasks, patience, averaging, context };
  return { learner, prior: (await metaTrain(started, streams, how)).prior };
}

/** Few people are met often, a few at a time; many, many at a time. */
function sized(config: TransferConfig, people: number): TransferConfig {
  if (people <= 1000) return config;
  const epochs = Math.max(4, Math.round((config.epochs * 1000) / people));
  return { ...config, epochs, batchTasks: people > 4000 ? 128 : 64, patience: 2 };
}

/** The source's prior for the target's catalogue: parameter transfer before any training there. */
export function carriedPrior(world: TransferWorld, source: OneClassPrior, fit: TransferFit): OneClassPrior {
  const known = { prior: source, catalogue: world.source.catalogue };
  return carriedFrom(known, world, { fit, twins: world.itemTwins });
}

/** A prior that was learned elsewhere, for the target's catalogue; `twins` as for {@link carryPrior}. */
export function carriedFrom(
  known: KnownPrior,
  { target }: TransferWorld,
  { fit, twins }: { readonly fit: TransferFit; readonly twins: Int32Array },
): OneClassPrior {
  const learner = oneClassBayes(target.catalogue, headConfig(fit.config, 1, 1));
  const prior = learner.prior(learner.init(createRng(fit.seed).split("carried")));
  return carryPrior(known, { prior, catalogue: target.catalogue }, twins);
}

/** Meta-trains on people of both domains at once, from what the source knows. */
export async function fitJoint(
  world: TransferWorld,
  source: OneClassPrior,
  fit: TransferFit,
  { joint, tasks }: { readonly joint: Partial<JointConfig>; readonly tasks: SourceTasks },
): Promise<FittedTarget> {
  const { config, seed, context } = fit;
  const streams = sideStreams(world.target, fit);
  const own = sized(config, streams.people);
  const batchTasks = 2 * own.batchTasks;
  const steps = Math.ceil((2 * streams.people) / batchTasks) * own.epochs;
  const starts = { source, target: carriedPrior(world, source, fit) };
  const domainOf = (side: Side) => ({
    catalogue: world[side].catalogue,
    learner: oneClassBayes(world[side].catalogue, headConfig(config, steps, batchTasks)),
    start: starts[side],
  });
  const domains = { source: domainOf("source"), target: domainOf("target") };
  const { learningRate } = config;
  const learner = jointLearner(domains, { learningRate, steps, ...joint });
  const { prior } = await metaTrain(learner, withSource(streams, tasks), {
    label: "transfer: both domains",
    seed,
    epochs: own.epochs,
    batchTasks,
    patience: own.patience,
    averaging: own.averaging,
    context,
  });
  return { learner: domains.target.learner, prior: learner.priorOf(prior, "target") };
}
