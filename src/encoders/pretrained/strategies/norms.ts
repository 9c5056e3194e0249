import type { TransformerConfig } from "../transformer/config.ts";
import { layouts } from "../transformer/layout.ts";
import type { TrainedLeaf } from "./strategy.ts";

/** The layer norms after each half of each layer, trained in their own place. */
export function normLeaves({ family, layers, width }: TransformerConfig): TrainedLeaf[] {
  return Array.from({ length: layers }, (_, i) => layouts[family].layer(i))
    .flatMap(({ attentionNorm, feedForwardNorm }) => [attentionNorm, feedForwardNorm])
    .flatMap((path) => [`${path}.weight`, `${path}.bias`])
    .map((path) => ({ path, shape: [width], start: "base" }));
}
