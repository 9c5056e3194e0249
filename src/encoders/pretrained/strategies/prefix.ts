import { leafAt } from "../transformer/params.ts";
import { layerPrefix } from "./depth.ts";
import { type StrategyMaker, strategyOfLeaves } from "./strategy.ts";

/** What a prefix's scores start with: eight keys then draw less than a hundredth of the attention of fifty tokens. */
const START = -4;

/**
 * Prefix tuning: the attention of every layer sees `settings.prefix` further keys and values, which belong to no text and
 * are trained (Li and Liang 2021, sec. 4.2). The paper makes them by a small network while it trains; here they are
 * trained as they are, and what is added to their scores with them: it starts low, so that training starts near the base.
 */
export const prefixTuning: StrategyMaker = (config, { prefix }) => {
  const { layers, width } = config;
  const paths = Array.from({ length: layers }, (_, layer) => `${layerPrefix(config, layer)}prefix`);
  const leaves = paths.flatMap((path) => [
    { path: `${path}.key`, shape: [prefix, width], start: { deviation: 1 } },
    { path: `${path}.value`, shape: [prefix, width], start: { deviation: 1 } },
    { path: `${path}.score`, shape: [prefix], start: { fill: START } },
  ]);
  return strategyOfLeaves(leaves, {
    name: "prefix",
    wrap: (params, trained) => ({
      params,
      hooks: {
        prefix: (layer) => ({
          key: leafAt(trained, `${paths[layer]}.key`),
          value: leafAt(trained, `${paths[layer]}.value`),
          score: leafAt(trained, `${paths[layer]}.score`),
        }),
      },
    }),
    merge: () => undefined,
  });
};
