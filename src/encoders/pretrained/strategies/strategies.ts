import { flatten, type Shape, sizeOf } from "../../../tensor/index.ts";
import type { TransformerConfig } from "../transformer/config.ts";
import { adapters } from "./adapters.ts";
import { lora } from "./lora.ts";
import { frozen, full, lastLayers } from "./masks.ts";
import { prefixTuning } from "./prefix.ts";
import type { Strategy, StrategyMaker, StrategyName, StrategySettings } from "./strategy.ts";

/** All ways to fine-tune an encoder. */
export const strategies: Readonly<Record<StrategyName, StrategyMaker>> = {
  frozen,
  "last-k": lastLayers,
  full,
  lora,
  prefix: prefixTuning,
  adapters,
};

export const defaultStrategySettings: StrategySettings = {
  layers: 2,
  rank: 8,
  alpha: 16,
  targets: "all",
  norms: false,
  prefix: 8,
};

/**
 * Learning rate of what a strategy trains, under Adam: what is added to a network takes larger steps than its own weights.
 * `full` and `lora` are the best of three, a factor of about three apart, by the loss of items held out from MovieLens-1M's
 * warm ones. How well new items are ranked differs more between draws than between 3e-3 and 1e-3 for `lora`. The others are
 * first guesses, `last-k` below one that was too large.
 */
export const strategyRate: Readonly<Record<StrategyName, number>> = {
  frozen: 1e-4,
  "last-k": 3e-4,
  full: 1e-4,
  lora: 3e-3,
  prefix: 1e-2,
  adapters: 3e-3,
};

/** @example strategyOf(config, "lora", { rank: 4 }) */
export function strategyOf(
  config: TransformerConfig,
  name: StrategyName,
  settings: Partial<StrategySettings> = {},
): Strategy {
  return strategies[name](config, { ...defaultStrategySettings, ...settings });
}

/** How many numbers a strategy trains. */
export function trainedNumbers({ shapes }: Strategy): number {
  return flatten<Shape>(shapes).reduce((sum, [, shape]) => sum + sizeOf(shape), 0);
}
