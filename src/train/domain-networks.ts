import type { Settings, Space } from "../base/settings.ts";
import type { TrainingDataset } from "../data/splits/training.ts";
import { domainColumn, domainTasks } from "../tasks/domains.ts";
import type { FitContext } from "./bayes-head.ts";
import { itemNetworkSpace } from "./item-networks.ts";
import { fitPairNetwork, type PairFit, type PairNetworkConfig, pairCatalogue } from "./pair-networks.ts";

/** Hyper-parameters of a network that learns from domains as tasks. */
export interface DomainNetworkConfig extends PairNetworkConfig {
  /** A row of `methods.ts`: how the network is fitted to a domain. */
  readonly method: string;
  /** Attribute of the items that tells domains apart; the first one of categories where empty. */
  readonly column: string;
  /** Domains with fewer training events are not learned from. */
  readonly minEvents: number;
  /** Tasks that an epoch makes of each domain, for domains are few and large. */
  readonly repeats: number;
}

/** Found on the genres of MovieLens-1M, in draws of cold ones that the leaderboard does not ask. */
export const domainNetworkDefaults: DomainNetworkConfig = {
  method: "maml",
  column: "",
  minEvents: 50,
  repeats: 100,
  model: "mlp",
  embeddingSize: 16,
  hidden: "64-64",
  dropout: 0,
  innerSteps: 5,
  innerLearningRate: 0.1,
  supportShrinkage: 10,
  batchTasks: 32,
  maxQuery: 100,
  learningRate: 1e-2,
  weightDecay: 0.1,
  epochs: 4,
  patience: 3,
  userLevels: true,
};

export const domainNetworkSpace: Space = {
  ...itemNetworkSpace,
  repeats: { kind: "integer", low: 10, high: 300, log: true },
};

/** Events that a domain's support has in meta-training, at most. */
const MOST = 128;

/**
 * Meta-trains a network on domains as tasks: who will like what of a domain of which so many events are known. Items are
 * played as ones that nobody has met, since those of a new domain are. Users are what their attributes and their level say:
 * of domains there are too few to learn everybody's embedding from.
 *
 * @throws CONFIG for an attribute that tells no domains apart; as {@link fitPairNetwork}
 */
export function fitDomainNetwork(
  train: TrainingDataset,
  settings: Settings,
  fit: FitContext,
): Promise<PairFit> {
  const { method, column, minEvents, repeats, ...config } = {
    ...domainNetworkDefaults,
    ...settings,
  } as DomainNetworkConfig;
  const { maxQuery } = config;
  const of = { of: "items", column: column === "" ? domainColumn(train) : column } as const;
  const how = { order: "random", query: "all", shots: [0, 5, 10, 30, 60, MOST] } as const;
  const tasks = {
    name: "domains",
    source: domainTasks(train, { ...of, ...how, minEvents, maxQuery }),
    repeats,
    catalogue: pairCatalogue(train),
    config: { about: "domain", method, maxShots: MOST, itemIds: false, userIds: false, coldTasks: 1 },
  } as const;
  return fitPairNetwork(train, tasks, config, fit);
}
