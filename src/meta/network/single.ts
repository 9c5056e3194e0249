import type { Params, Rows } from "../../models/model.ts";
import { input, type Tensor } from "../../tensor/index.ts";
import type { Fitted, PriorTensors, TaskInputs } from "./method.ts";
import { partNames } from "./part-names.ts";
import { withAnchor } from "./scoring.ts";
import { partWidth } from "./tables.ts";
import { methodWorld, type NetworkWorld } from "./world.ts";

/** A person's or an item's events, and the anchor, as inputs of a program for one task. */
export function taskInputs(world: NetworkWorld, shots: number): TaskInputs {
  const width = world.config.about === "domain" ? 0 : partWidth(world, world.config.about);
  const anchor = width > 0 ? input("anchor", [width]) : undefined;
  const support = {
    ...rowInputs(world, shots, "support"),
    value: input("support.value", [shots]),
    mask: input("support.mask", [shots]),
  };
  return { support, ...(anchor && { anchor }) };
}

/** Rows without the part that is the same in all: that is the anchor. */
export function rowInputs(world: NetworkWorld, n: number, name: string): Rows {
  const { spec, config } = world;
  const parts = partNames.filter((part) => part !== config.about && partWidth(world, part) > 0);
  return {
    ...Object.fromEntries(parts.map((part) => [part, input(`${name}.${part}`, [n, partWidth(world, part)])])),
    ...(spec.dense > 0 && { dense: input(`${name}.dense`, [n, spec.dense]) }),
  };
}

/** What adaptation leaves, without what only meta-training needs. */
export function adapted(world: NetworkWorld, prior: PriorTensors, task: TaskInputs): Params<Tensor> {
  const whole = { ...task, support: withAnchor(world, task.support, task.anchor) };
  const { support: _, ...fast } = world.method.adapt(methodWorld(world), prior, whole);
  return fast;
}

/** Scores of rows after adaptation. `[n]` */
export function scored(world: NetworkWorld, prior: PriorTensors, { fast, task, rows }: Fitted): Tensor {
  const inside = methodWorld(world);
  const whole = { fast, task: withTaskAnchor(world, task), rows: withAnchor(inside, rows, task.anchor) };
  return world.method.score(inside, prior, whole);
}

function withTaskAnchor<T extends TaskInputs>(world: NetworkWorld, task: T): T {
  return { ...task, support: withAnchor(world, task.support, task.anchor) };
}
