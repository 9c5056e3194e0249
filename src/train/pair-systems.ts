import { ForetasteError } from "../base/errors.ts";
import { nearest } from "../base/schema.ts";
import { fitItemRate, itemRateDefaults } from "../baselines/item-rate.ts";
import { fitOddsBiases, oddsBiasesDefaults } from "../baselines/odds-biases.ts";
import type { PairScorer } from "../data/query.ts";
import type { TrainingDataset } from "../data/splits/training.ts";
import {
  defaultItemHeadConfig,
  fitItemHead,
  type ItemHeadConfig,
  itemHeadScorer,
} from "../meta/bayes/item-head.ts";
import type { RunTrace } from "./bayes-head.ts";
import { domainNetworkDefaults, domainNetworkSpace, fitDomainNetwork } from "./domain-networks.ts";
import { fitItemNetwork, itemNetworkDefaults, itemNetworkSpace } from "./item-networks.ts";
import { checkSettings } from "./settings.ts";
import type { FitOptions, System } from "./systems.ts";

/** One way to make a scorer of pairs from training data, for protocols whose tasks are items or domains. */
export interface PairSystem extends Pick<System, "name" | "title" | "isBaseline" | "settings" | "space"> {
  /** What its tasks can be. */
  readonly about: readonly ("item" | "domain")[];
  /** Fits on training data alone. @throws as the loop and the fits do */
  fit(train: TrainingDataset, options: FitOptions): Promise<FittedPairs>;
}

export interface FittedPairs {
  readonly scorer: PairScorer;
  /** What meta-training did, a part each; empty for baselines. */
  readonly traces: Readonly<Record<string, RunTrace>>;
}

const { content: _, seed: __, ...itemHeadSettings } = defaultItemHeadConfig;

/** Every scorer of pairs by name: the baselines first, simplest first. */
export const pairSystems: readonly PairSystem[] = [
  {
    name: "constant",
    title: "The same for every pair",
    isBaseline: true,
    about: ["item", "domain"],
    settings: {},
    space: {},
    fit: async (train, { settings = {} }) => {
      checkSettings("constant", settings, {});
      return { scorer: fitItemRate(train, { itemShrinkage: Number.POSITIVE_INFINITY }), traces: {} };
    },
  },
  {
    name: "item-rate",
    title: "How many liked the item so far",
    isBaseline: true,
    about: ["item", "domain"],
    settings: { ...itemRateDefaults },
    space: { itemShrinkage: { kind: "number", low: 1, high: 200, log: true } },
    fit: async (train, { settings = {} }) => {
      const config = {
        ...itemRateDefaults,
        ...checkSettings("item-rate", settings, { ...itemRateDefaults }),
      };
      return { scorer: fitItemRate(train, config), traces: {} };
    },
  },
  {
    name: "odds-biases",
    title: "Item + user bias, log-odds",
    isBaseline: true,
    about: ["item", "domain"],
    settings: { ...oddsBiasesDefaults },
    space: {
      itemShrinkage: { kind: "number", low: 1, high: 200, log: true },
      userShrinkage: { kind: "number", low: 1, high: 200, log: true },
    },
    fit: async (train, { settings = {} }) => {
      const given = checkSettings("odds-biases", settings, { ...oddsBiasesDefaults });
      return { scorer: fitOddsBiases(train, { ...oddsBiasesDefaults, ...given }), traces: {} };
    },
  },
  domainNetwork("domain-network", "Plain network, domains as tasks", "none"),
  domainNetwork("domain-maml", "MAML, domains as tasks", "maml"),
  domainNetwork("domain-anil", "ANIL, domains as tasks", "anil"),
  domainNetwork("domain-reptile", "Reptile, domains as tasks", "reptile"),
  itemNetwork("same-id", "ID embedding from one start"),
  itemNetwork("meta-emb", "MetaEmb"),
  itemNetwork("mwuf", "MWUF"),
  {
    name: "bayes-item",
    title: "Bayes item head",
    isBaseline: false,
    about: ["item", "domain"],
    settings: { ...itemHeadSettings },
    space: {
      factorSize: { kind: "choice", of: [8, 12, 16, 24] },
      factorRegularisation: { kind: "number", low: 2, high: 40, log: true },
      noise: { kind: "number", low: 0.3, high: 1.5, log: true },
      rounds: { kind: "integer", low: 1, high: 12 },
      maxEvents: { kind: "choice", of: [150, 300, 600] },
      domainShare: { kind: "number", low: 0.02, high: 0.8, log: true },
    },
    fit: async (train, { seed, settings = {} }) => {
      const given = checkSettings("bayes-item", settings, itemHeadSettings) as Partial<ItemHeadConfig>;
      return { scorer: itemHeadScorer(await fitItemHead(train, { seed, ...given })), traces: {} };
    },
  },
];

/** A network that learns from items as tasks, by a method that makes their ID embeddings. */
function itemNetwork(name: string, title: string): PairSystem {
  const settings = { ...itemNetworkDefaults };
  return {
    name,
    title,
    isBaseline: false,
    about: ["item"],
    settings,
    space: itemNetworkSpace,
    async fit(train, options) {
      const given = checkSettings(name, options.settings ?? {}, settings);
      const { scorer, trace } = await fitItemNetwork(train, name, given, options);
      return { scorer, traces: { [name]: trace } };
    },
  };
}

/** A network that learns from domains as tasks, by any method. */
function domainNetwork(name: string, title: string, method: string): PairSystem {
  const settings = { ...domainNetworkDefaults, method };
  return {
    name,
    title,
    // Without steps it learns what the domains have in common, and nothing of how to learn.
    isBaseline: method === "none",
    about: ["domain"],
    settings,
    space: domainNetworkSpace,
    async fit(train, options) {
      const given = checkSettings(name, options.settings ?? {}, settings);
      const { scorer, trace } = await fitDomainNetwork(train, { ...settings, ...given }, options);
      return { scorer, traces: { [name]: trace } };
    },
  };
}

/** @throws NOT_FOUND when there is none of that name */
export function pairSystemNamed(name: string): PairSystem {
  const found = pairSystems.find((system) => system.name === name);
  if (found !== undefined) return found;
  const names = pairSystems.map((system) => system.name);
  const near = nearest(name, names);
  throw new ForetasteError("NOT_FOUND", {
    where: "system of item tasks",
    expected: `one of ${names.join(", ")}`,
    got: `"${name}"`,
    ...(near === undefined ? {} : { hint: `Did you mean "${near}"?` }),
  });
}
