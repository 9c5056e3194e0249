import { overlay } from "../../../tensor/index.ts";
import type { TransformerConfig } from "../transformer/config.ts";
import { paramShapes } from "../transformer/params.ts";
import { depthOf } from "./depth.ts";
import { type Strategy, type StrategyMaker, type StrategyName, strategyOfLeaves } from "./strategy.ts";

/** Nothing of the network is trained: its vectors are features. */
export const frozen: StrategyMaker = (config) => masked("frozen", config, () => false);

/** The last `settings.layers` layers, and what follows them. */
export const lastLayers: StrategyMaker = (config, { layers }) =>
  masked("last-k", config, (path) => depthOf(config, path) > config.layers - layers);

/** Every parameter, tables of words and places included. */
export const full: StrategyMaker = (config) => masked("full", config, () => true);

/** Leaves of the base that are trained themselves: they start as they are, and stand in their own place. */
function masked(name: StrategyName, config: TransformerConfig, wanted: (path: string) => boolean): Strategy {
  const leaves = paramShapes(config).filter(([path]) => wanted(path));
  return strategyOfLeaves(
    leaves.map(([path, shape]) => ({ path, shape, start: "base" })),
    { name, wrap: (base, trained) => ({ params: overlay(base, trained), hooks: {} }), merge: overlay },
  );
}
