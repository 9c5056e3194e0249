import { type Checkpoint, changedCheckpoint } from "../../encoders/pretrained/checkpoint/checkpoint.ts";
import type { TransformerConfig } from "../../encoders/pretrained/transformer/config.ts";
import { layouts } from "../../encoders/pretrained/transformer/layout.ts";
import { leafAt, paramShapes, treeOf } from "../../encoders/pretrained/transformer/params.ts";

/** Which of the teacher's layers a student's layer stands for: the end of its share. @example taughtBy(1, 3, 6) // 3 */
export function taughtBy(layer: number, students: number, teachers: number): number {
  return Math.round(((layer + 1) * teachers) / students) - 1;
}

/**
 * A transformer with fewer layers, each a copy of the teacher's that it stands for; tables and norms are the teacher's.
 *
 * (Sanh et al. 2019, sec. 3)
 *
 * @example shallower(teacher, 2) // of six layers the third and the last
 */
export function shallower(teacher: Checkpoint, layers: number): Checkpoint {
  const config: TransformerConfig = { ...teacher.config, layers };
  const { family } = config;
  const from = new Map<string, string>();
  for (let layer = 0; layer < layers; layer++) {
    const source = taughtBy(layer, layers, teacher.config.layers);
    const [mine, theirs] = [layer, source].map((index) => pathsOf(layouts[family].layer(index)));
    mine!.forEach((path, i) => from.set(path, theirs![i]!));
  }
  const leaves = paramShapes(config).map(([path]) => {
    const module = path.replace(/\.(weight|bias)$/, "");
    const source = from.get(module) ?? module;
    return [path, leafAt(teacher.params, source + path.slice(module.length))] as const;
  });
  return changedCheckpoint(teacher, { config, stored: treeOf(leaves) });
}

function pathsOf(layer: ReturnType<(typeof layouts)["bert"]["layer"]>): string[] {
  const { projections, out, attentionNorm, up, down, feedForwardNorm } = layer;
  return [...projections, out, attentionNorm, up, down, feedForwardNorm];
}
