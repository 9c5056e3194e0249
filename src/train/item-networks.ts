import type { Settings, Space } from "../base/settings.ts";
import type { TrainingDataset } from "../data/splits/training.ts";
import { itemTasks } from "../tasks/items.ts";
import type { FitContext } from "./bayes-head.ts";
import { fitPairNetwork, type PairFit, type PairNetworkConfig, pairCatalogue } from "./pair-networks.ts";

/** Found on the old items of MovieLens-1M, those with 300 to 449 ratings played as new. */
export const itemNetworkDefaults: PairNetworkConfig = {
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
  userLevels: false,
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

/** Events that an item's support has in meta-training, at most. */
const WARMEST = 60;

/**
 * Meta-trains a network on items as tasks: who will like an item of which so many events are known.
 *
 * @param method of those that make an item's ID embedding: "same-id", "meta-emb" or "mwuf"
 * @throws as {@link fitPairNetwork}
 */
export function fitItemNetwork(
  train: TrainingDataset,
  method: string,
  settings: Settings,
  fit: FitContext,
): Promise<PairFit> {
  const config: PairNetworkConfig = { ...itemNetworkDefaults, ...settings };
  const shots = [0, 5, 10, 20, 40, WARMEST];
  const { maxQuery } = config;
  const tasks = {
    name: "items",
    source: itemTasks(train, { order: "random", query: "all", shots, maxQuery }),
    repeats: 1,
    catalogue: pairCatalogue(train),
    config: { about: "item", method, maxShots: WARMEST, coldTasks: 0 },
  } as const;
  return fitPairNetwork(train, tasks, config, fit);
}
