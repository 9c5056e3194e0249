import { add, gelu, matmul, overlay, type Tensor } from "../../../tensor/index.ts";
import type { Sublayer } from "../transformer/hooks.ts";
import { leafAt, type Params } from "../transformer/params.ts";
import { layerPrefix } from "./depth.ts";
import { normLeaves } from "./norms.ts";
import { type StrategyMaker, strategyOfLeaves, type TrainedLeaf } from "./strategy.ts";

const sublayers: readonly Sublayer[] = ["attention", "feedForward"];

/**
 * Adapters: what each sublayer found becomes `x + gelu(x D + d) U + u` before it is added to its input, with `rank`
 * numbers in between, and the layer norms are trained beside them (Houlsby et al. 2019, sec. 2.1). `U` and `u` start at
 * zero, so that training starts at the base.
 */
export const adapters: StrategyMaker = (config, { rank }) => {
  const each = Array.from({ length: config.layers }, (_, layer) => layer);
  const pathOf = (layer: number, which: Sublayer): string => `${layerPrefix(config, layer)}adapter.${which}`;
  const paths = each.flatMap((layer) => sublayers.map((which) => pathOf(layer, which)));
  const leaves = [...paths.flatMap((path) => adapterLeaves(path, config.width, rank)), ...normLeaves(config)];
  return strategyOfLeaves(leaves, {
    name: "adapters",
    wrap: (base, trained) => ({
      params: overlay(base, trained),
      hooks: { after: (layer, which, x) => adapted(trained, pathOf(layer, which), x) },
    }),
    merge: () => undefined,
  });
};

function adapterLeaves(path: string, width: number, rank: number): TrainedLeaf[] {
  return [
    { path: `${path}.down.weight`, shape: [width, rank], start: { deviation: 1 / Math.sqrt(width) } },
    { path: `${path}.down.bias`, shape: [rank], start: { fill: 0 } },
    { path: `${path}.up.weight`, shape: [rank, width], start: { fill: 0 } },
    { path: `${path}.up.bias`, shape: [width], start: { fill: 0 } },
  ];
}

function adapted(trained: Params, path: string, x: Tensor): Tensor {
  const dense = (which: string, at: Tensor): Tensor =>
    add(matmul(at, leafAt(trained, `${path}.${which}.weight`)), leafAt(trained, `${path}.${which}.bias`));
  return add(x, dense("up", gelu(dense("down", x))));
}
