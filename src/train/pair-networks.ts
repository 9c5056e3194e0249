import { check } from "../base/errors.ts";
import { createRng } from "../base/rng.ts";
import type { Dataset, Table } from "../data/dataset.ts";
import type { PairScorer } from "../data/query.ts";
import type { TrainingDataset } from "../data/splits/training.ts";
import { type Catalogue, fitCatalogue } from "../encoders/catalogue.ts";
import { defaultEncoderOptions, fitEncoder } from "../encoders/encoder.ts";
import { networkLearner } from "../meta/network/network.ts";
import type { NetworkConfig } from "../meta/network/network-config.ts";
import type { NetworkLearner, NetworkPrior } from "../meta/network/types.ts";
import type { TaskSource } from "../tasks/source.ts";
import { splitStreams } from "../tasks/streams.ts";
import type { FitContext, RunTrace } from "./bayes-head.ts";
import { metaTrain } from "./loop.ts";
import { withUserLevels } from "./user-levels.ts";

/** Hyper-parameters that networks of item tasks and of domain tasks share. */
export interface PairNetworkConfig
  extends Pick<
    NetworkConfig,
    | "model"
    | "embeddingSize"
    | "dropout"
    | "innerSteps"
    | "innerLearningRate"
    | "supportShrinkage"
    | "batchTasks"
    | "maxQuery"
    | "learningRate"
    | "weightDecay"
  > {
  /** Widths of the hidden layers, joined by dashes. */
  readonly hidden: string;
  /** At most this many passes over the training tasks. */
  readonly epochs: number;
  /** Epochs without a better `outerValid` before training stops. */
  readonly patience: number;
  /** Tell the network how high each user rates; their own event in a task has a small part in it. */
  readonly userLevels: boolean;
}

/** What tells tasks about items from tasks about domains. */
export interface PairTasks {
  /** In the plural, for errors. */
  readonly name: string;
  readonly source: TaskSource;
  /** Descriptions of each task that an epoch meets. */
  readonly repeats: number;
  readonly catalogue: Catalogue;
  readonly config: Pick<NetworkConfig, "about" | "method" | "maxShots"> & Partial<NetworkConfig>;
}

export interface PairFit {
  readonly scorer: PairScorer;
  readonly trace: RunTrace;
}

/**
 * Meta-trains a network on tasks whose events say who did them, with binary cross-entropy on likes.
 *
 * @throws DATA when there are fewer than two tasks to learn from; as the loop does
 */
export async function fitPairNetwork(
  train: TrainingDataset,
  { source, repeats, catalogue, config: own, name }: PairTasks,
  settings: PairNetworkConfig,
  fit: FitContext,
): Promise<PairFit> {
  const { hidden, epochs, patience, userLevels, ...same } = settings;
  const { subjects } = source;
  check(subjects.length >= 2, "DATA", () => ({
    where: `training on ${train.name}`,
    expected: `at least two ${name} with events to learn from and to be judged on`,
    got: String(subjects.length),
  }));
  const share = Math.max(fit.validFraction, 1.5 / subjects.length);
  const streams = splitStreams(subjects, { share, seed: fit.seed });
  const known = (without: Int32Array): Table =>
    userLevels ? withUserLevels(train, source, without) : train.users;
  const users = known(streams.outerValid);
  const people = fitEncoder(users, train.warmUsers, { ...defaultEncoderOptions, minCount: 20 });
  const config = {
    ...same,
    ...own,
    loss: "cross-entropy",
    negatives: 0,
    hidden: hidden.split("-").filter(Boolean).map(Number),
    idDropout: 0,
    steps: Math.ceil((repeats * streams.train.length) / same.batchTasks) * epochs,
  } as const;
  const learner = networkLearner(catalogue, people, config, users);
  const again = (rows: Int32Array): Int32Array =>
    Int32Array.from({ length: repeats * rows.length }, (_, i) => rows[i % rows.length]!);
  const valid = source.sample(again(streams.outerValid), createRng(fit.seed).split("valid"));
  const tasks = {
    sample: (epoch: Parameters<TaskSource["sample"]>[1]) => source.sample(again(streams.train), epoch),
    build: source.build,
    valid: valid.map(source.build),
  };
  const checkpoint = fit.checkpointOf?.(own.method);
  const { prior, ...trace } = await metaTrain(learner, tasks, {
    label: `train: ${learner.name}`,
    seed: fit.seed,
    context: fit.context,
    epochs,
    batchTasks: same.batchTasks,
    patience,
    ...(checkpoint === undefined ? {} : { checkpoint }),
  });
  // What is asked later may rest on all that is known.
  const serving = userLevels ? networkLearner(catalogue, people, config, known(new Int32Array(0))) : learner;
  return { scorer: pairScorer(serving, prior), trace };
}

/** A learner of items, or of domains, as what judges pairs. */
function pairScorer(learner: NetworkLearner, prior: NetworkPrior): PairScorer {
  return {
    name: learner.name,
    async probability(query, pairs) {
      const [fitted] = await learner.adapt(prior, query);
      const odds = await learner.scorePairs(prior, fitted, pairs);
      return odds.map((x) => 1 / (1 + Math.exp(-x)));
    },
  };
}

/** Words and rare names would be learned by heart. */
export function pairCatalogue(train: Dataset): Catalogue {
  const texts = Object.entries(train.items.columns).filter(([, { kind }]) => kind === "text");
  const encoder = { ...defaultEncoderOptions, minCount: 8, except: texts.map(([name]) => name) };
  return fitCatalogue(train, { minEvents: 1, encoder });
}
