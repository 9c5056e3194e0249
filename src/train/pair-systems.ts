import { ForetasteError } from "../base/errors.ts";
import { nearest } from "../base/schema.ts";
import { fitItemRate, itemRateDefaults } from "../baselines/item-rate.ts";
import type { PairScorer } from "../data/query.ts";
import type { TrainingDataset } from "../data/splits/training.ts";
import type { RunTrace } from "./bayes-head.ts";
import { checkSettings } from "./settings.ts";
import type { FitOptions, System } from "./systems.ts";

/** One way to make a scorer of pairs from training data, for protocols whose tasks are items. */
export interface PairSystem extends Pick<System, "name" | "title" | "isBaseline" | "settings" | "space"> {
  /** Fits on training data alone. @throws as the loop and the fits do */
  fit(train: TrainingDataset, options: FitOptions): Promise<FittedPairs>;
}

export interface FittedPairs {
  readonly scorer: PairScorer;
  /** What meta-training did, a part each; empty for baselines. */
  readonly traces: Readonly<Record<string, RunTrace>>;
}

/** Every scorer of pairs by name: the baselines first, simplest first. */
export const pairSystems: readonly PairSystem[] = [
  {
    name: "constant",
    title: "The same for every pair",
    isBaseline: true,
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
];

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
