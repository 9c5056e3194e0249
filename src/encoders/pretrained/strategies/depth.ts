import type { TransformerConfig } from "../transformer/config.ts";
import { layouts } from "../transformer/layout.ts";

/** What all paths of a layer begin with, such as "encoder.layer.0.". */
export function layerPrefix({ family }: TransformerConfig, layer: number): string {
  const { out } = layouts[family].layer(layer);
  const number = `.${layer}.`;
  return out.slice(0, out.indexOf(number) + number.length);
}

/**
 * How deep a parameter lies: 0 for embeddings, `l + 1` for layer `l`, `layers + 1` for what follows the layers.
 *
 * @example depthOf(config, "encoder.layer.0.output.dense.weight"); // 1
 */
export function depthOf(config: TransformerConfig, path: string): number {
  const { finalNorm } = layouts[config.family];
  const last = [...(config.dense ?? []).map((dense) => dense.path), ...(finalNorm ? [finalNorm] : [])];
  if (last.some((prefix) => path.startsWith(`${prefix}.`))) return config.layers + 1;
  for (let layer = 0; layer < config.layers; layer++) {
    if (path.startsWith(layerPrefix(config, layer))) return layer + 1;
  }
  return 0;
}

/**
 * Layer-wise learning rates: the share of the learning rate that a parameter gets, `decay^(layers - depth)`, 1 for the
 * last layer and what follows it (discriminative fine-tuning, Howard and Ruder 2018, sec. 3.2, whose factor is 1 / 2.6;
 * ELECTRA, Clark et al. 2020, appendix A, takes 0.8).
 *
 * @example chain(scaleByAdam(), scaleLeaves(layerRates(config, 0.8)), scaleByLearningRate(5e-5))
 */
export function layerRates(config: TransformerConfig, decay: number): (path: string) => number {
  return (path) => decay ** Math.max(0, config.layers - depthOf(config, path));
}
