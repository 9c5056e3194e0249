import { createRng } from "../src/base/rng.ts";
import type { Weights } from "../src/encoders/pretrained/strategies/strategy.ts";
import type { TransformerConfig } from "../src/encoders/pretrained/transformer/config.ts";
import { paramShapes, treeOf } from "../src/encoders/pretrained/transformer/params.ts";
import { sizeOf } from "../src/tensor/index.ts";

/** Two layers of BERT that fit a test. */
export const tinyConfig: TransformerConfig = {
  family: "bert",
  layers: 2,
  heads: 2,
  width: 8,
  inner: 12,
  vocabulary: 20,
  positions: 10,
  types: 1,
  firstPosition: 0,
  activation: "gelu",
  epsilon: 1e-12,
  pooling: "mean",
  normalise: false,
};

/** Weights drawn from a seed, larger than BERT's so that every part of the network matters. */
export function tinyWeights(config: TransformerConfig = tinyConfig, seed = 5): Weights {
  return treeOf(
    paramShapes(config).map(([path, shape]) => {
      const rng = createRng(seed).split(path);
      const norm = path.endsWith("LayerNorm.weight");
      return [
        path,
        Float32Array.from({ length: sizeOf(shape) }, () => Number(norm) + 0.4 * rng.normal()),
      ] as const;
    }),
  );
}
