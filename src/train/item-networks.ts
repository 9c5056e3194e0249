import { check } from "../base/errors.ts";
import { createRng } from "../base/rng.ts";
import type { Settings, Space } from "../base/settings.ts";
import type { Dataset } from "../data/dataset.ts";
import type { PairScorer } from "../data/query.ts";
import type { TrainingDataset } from "../data/splits/training.ts";
import { fitCatalogue } from "../encoders/catalogue.ts";
import { defaultEncoderOptions, fitEncoder } from "../encoders/encoder.ts";
import { networkLearner } from "../meta/network/network.ts";
import type { NetworkConfig } from "../meta/network/network-config.ts";
import type { NetworkLearner, NetworkPrior } from "../meta/network/types.ts";
import { itemTasks } from "../tasks/items.ts";
import { splitStreams } from "../tasks/streams.ts";
import type { FitContext, RunTrace } from "./bayes-head.ts";
import { type LoopTasks, metaTrain } from "./loop.ts";

/** Hyper-parameters of a network that learns from items as tasks. */
export interface ItemNetworkConfig
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
  /** At most this many passes over the training items. */
  readonly epochs: number;
  /** Epochs without a better `outerValid` before training stops. */
  readonly patience: number;
}

/** Found on the old items of MovieLens-1M, those with 300 to 449 ratings played as new. */
export const itemNetworkDefaults: ItemNetworkConfig = {
  model: "deep-fm",
  embeddingSize: 16,
  hidden: "64-64",
  dropout: 0,
  innerSteps: 5,
  innerLearningRate: 0.3,
  supportShrinkage: 10,
  batchTasks: 32,
  maxQuery: 100,
  learningRate: 1e-2,
  weightDecay: 0.1,
  epochs: 20,
  patience: 3,
};

export const itemNetworkSpace: Space = {
  model: { kind: "choice", of: ["mlp", "fm", "deep-fm", "ncf"] },
  embeddingSize: { kind: "choice", of: [8, 16, 32] },
  hidden: { kind: "choice", of: ["32", "64-64", "128-64"] },
  dropout: { kind: "number", low: 0, high: 0.5 },
  innerSteps: { kind: "integer", low: 1, high: 10 },
  innerLearningRate: { kind: "number", low: 1e-2, high: 3, log: true },
  learningRate: { kind: "number", low: 3e-4, high: 2e-2, log: true },
  weightDecay: { kind: "number", low: 1e-3, high: 1, log: true },
  epochs: { kind: "integer", low: 4, high: 30, log: true },
};

/**
 * Meta-trains a network on items as tasks, with binary cross-entropy on likes: who will like an item of which so many
 * events are known.
 *
 * @param method of those that make an item's ID embedding: "same-id", "meta-emb" or "mwuf"
 * @throws DATA when there are fewer than two items to learn from; as the loop does
 */
export async function fitItemNetwork(
  train: TrainingDataset,
  method: string,
  settings: Settings,
  fit: FitContext,
): Promise<{ readonly scorer: PairScorer; readonly trace: RunTrace }> {
  const { hidden, epochs, patience, ...same } = { ...itemNetworkDefaults, ...settings } as ItemNetworkConfig;
  const streams = itemStreams(train, fit, same.maxQuery);
  const config: Partial<NetworkConfig> = {
    ...same,
    about: "item",
    method,
    loss: "cross-entropy",
    negatives: 0,
    hidden: hidden.split("-").filter(Boolean).map(Number),
    maxShots: WARMEST,
    coldTasks: 0,
    idDropout: 0,
    steps: Math.ceil(streams.items / same.batchTasks) * epochs,
  };
  const learner = networkLearner(
    itemCatalogue(train),
    fitEncoder(train.users, train.warmUsers, { ...defaultEncoderOptions, minCount: 20 }),
    config,
    train.users,
  );
  const checkpoint = fit.checkpointOf?.(method);
  const { prior, ...trace } = await metaTrain(learner, streams, {
    label: `train: ${learner.name}`,
    seed: fit.seed,
    context: fit.context,
    epochs,
    batchTasks: same.batchTasks,
    patience,
    ...(checkpoint === undefined ? {} : { checkpoint }),
  });
  return { scorer: pairScorer(learner, prior), trace };
}

/** Events that an item's support has in meta-training, at most. */
const WARMEST = 60;

/** A learner of items as what judges pairs. */
function pairScorer(learner: NetworkLearner, prior: NetworkPrior): PairScorer {
  return {
    name: learner.name,
    async probability(query, users) {
      const [fitted] = await learner.adapt(prior, query);
      const items = new Int32Array(users.length).fill(query.item);
      const odds = await learner.scorePairs(prior, fitted, { users, items });
      return odds.map((x) => 1 / (1 + Math.exp(-x)));
    },
  };
}

/** The items of a training set as the two streams of a run. */
function itemStreams(
  train: Dataset,
  { seed, validFraction }: FitContext,
  maxQuery: number,
): LoopTasks & { readonly items: number } {
  const shots = [0, 5, 10, 20, 40, WARMEST];
  const tasks = itemTasks(train, { order: "random", query: "all", shots, maxQuery });
  check(tasks.subjects.length >= 2, "DATA", () => ({
    where: `training on ${train.name}`,
    expected: "at least two items with events to learn from and to be judged on",
    got: String(tasks.subjects.length),
  }));
  const share = Math.max(validFraction, 1.5 / tasks.subjects.length);
  const streams = splitStreams(tasks.subjects, { share, seed });
  return {
    items: streams.train.length,
    sample: (epoch) => tasks.sample(streams.train, epoch),
    build: tasks.build,
    valid: tasks.sample(streams.outerValid, createRng(seed).split("valid")).map(tasks.build),
  };
}

/** Words and rare names would be learned by heart. */
function itemCatalogue(train: Dataset): ReturnType<typeof fitCatalogue> {
  const texts = Object.entries(train.items.columns).filter(([, { kind }]) => kind === "text");
  const encoder = { ...defaultEncoderOptions, minCount: 8, except: texts.map(([name]) => name) };
  return fitCatalogue(train, { minEvents: 1, encoder });
}
