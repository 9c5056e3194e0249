import { repeated, rowCount } from "../../models/layers.ts";
import type { Events, Params, Rows } from "../../models/model.ts";
import type { Tensor } from "../../tensor/index.ts";
import type { MethodWorld, TaskInputs } from "./method.ts";

/** Scores of pairs of a task under given parameters of the network. `[n]` */
export function networkScore(
  { model, spec, config, drop }: Pick<MethodWorld, "model" | "spec" | "config" | "drop">,
  network: Params<Tensor>,
  { support, rows }: { readonly support: Events; readonly rows: Rows },
): Tensor {
  const { hidden, dropout } = config;
  const own = rows === support;
  return model.score(network, rows, { spec, options: { hidden, dropout }, support, own, drop });
}

/**
 * The inner loss of a task: what its support says of given parameters. No unit is left out: serving adapts so, too.
 */
export function supportLoss(
  world: MethodWorld,
  network: Params<Tensor>,
  { support }: Pick<TaskInputs, "support">,
): Tensor {
  const score = networkScore({ ...world, drop: (hidden) => hidden }, network, { support, rows: support });
  return world.loss(score, support, world.config.supportShrinkage);
}

/** Rows whose attributes of the task's own person, or item, are the given ones. `anchor [width]` */
export function withAnchor<R extends Rows>(
  { config }: Pick<MethodWorld, "config">,
  rows: R,
  anchor: Tensor | undefined,
): R {
  if (anchor === undefined || config.about === "domain") return rows;
  const side = config.about;
  const n = rowCount({ ...rows, [side]: undefined });
  return { ...rows, [side]: repeated(anchor, n) };
}
