import { add, matmul, mul, overlay, type Tree } from "../../../tensor/index.ts";
import type { TransformerConfig } from "../transformer/config.ts";
import { layouts } from "../transformer/layout.ts";
import { type LinearMap, leafAt, linearMaps, treeOf } from "../transformer/params.ts";
import { normLeaves } from "./norms.ts";
import { type StrategyMaker, type StrategySettings, strategyOfLeaves, type Weights } from "./strategy.ts";

/**
 * LoRA: a chosen linear map `x W` becomes `x W + (alpha / rank) x A B`, `A [from, rank]` drawn normal with deviation
 * `1 / sqrt(from)`, `B [rank, to]` zero at first, so that training starts at the base (Hu et al. 2022, sec. 4.1).
 */
export const lora: StrategyMaker = (config, settings) => {
  const { rank } = settings;
  const scale = settings.alpha / rank;
  const maps = chosenMaps(config, settings.targets);
  const chosen = new Set(maps.map(({ path }) => path));
  const leaves = maps.flatMap(({ path, from, to }) => [
    { path: `${path}.a`, shape: [from, rank], start: { deviation: 1 / Math.sqrt(from) } },
    { path: `${path}.b`, shape: [rank, to], start: { fill: 0 } },
  ]);
  const norms = settings.norms ? normLeaves(config) : [];
  const normsOf = <T>(trained: Tree<T>): Tree<T> =>
    treeOf(norms.map(({ path }) => [path, leafAt(trained, path)] as const));
  return strategyOfLeaves([...leaves, ...norms], {
    name: "lora",
    wrap: (base, trained) => ({
      params: overlay(base, normsOf(trained)),
      hooks: {
        linear(path, x, plain) {
          if (!chosen.has(path)) return plain(x);
          const [a, b] = [leafAt(trained, `${path}.a`), leafAt(trained, `${path}.b`)];
          return add(plain(x), mul(matmul(matmul(x, a), b), scale));
        },
      },
    }),
    merge(base, trained) {
      const { inOut } = layouts[config.family];
      const weights = maps.map(
        (map) => [`${map.path}.weight`, merged(map, { base, trained, scale, inOut })] as const,
      );
      return overlay(overlay(base, treeOf(weights)), normsOf(trained));
    },
  });
};

/** Queries and values, or one map that makes both; or all maps. */
function chosenMaps(config: TransformerConfig, targets: StrategySettings["targets"]): readonly LinearMap[] {
  const maps = linearMaps(config);
  if (targets === "all") return maps;
  return maps.filter(({ path, layer }) => {
    const [first, , third] = layouts[config.family].layer(layer).projections;
    return path === first || path === third;
  });
}

interface Merging {
  readonly base: Weights;
  readonly trained: Weights;
  readonly scale: number;
  /** Whether the base keeps its matrices as `[from, to]`. */
  readonly inOut: boolean;
}

/** `W + scale A B` */
function merged({ path, from, to }: LinearMap, { base, trained, scale, inOut }: Merging): Float32Array {
  const [a, b] = [leafAt(trained, `${path}.a`), leafAt(trained, `${path}.b`)];
  const rank = b.length / to;
  const out = leafAt(base, `${path}.weight`).slice();
  const [rowStep, columnStep] = inOut ? [to, 1] : [1, from];
  for (let i = 0; i < from; i++) {
    for (let j = 0; j < to; j++) {
      let product = 0;
      for (let k = 0; k < rank; k++) product += a[i * rank + k]! * b[k * to + j]!;
      out[i * rowStep + j * columnStep]! += scale * product;
    }
  }
  return out;
}
