import { ForetasteError } from "../../base/errors.ts";
import type { Method } from "./method.ts";
import { anil } from "./methods/anil.ts";
import { imaml } from "./methods/imaml.ts";
import { learnedOptimiser } from "./methods/learned-optimiser.ts";
import { fomaml, maml } from "./methods/maml.ts";
import { melu } from "./methods/melu.ts";
import { memory } from "./methods/memory.ts";
import { metaEmb, sameId } from "./methods/meta-emb.ts";
import { metaSgd } from "./methods/meta-sgd.ts";
import { mwuf } from "./methods/mwuf.ts";
import { neuralProcess } from "./methods/neural-process.ts";
import { none } from "./methods/none.ts";
import { reptile } from "./methods/reptile.ts";
import { taskAdaptive } from "./methods/task-adaptive.ts";

/** Every inner loop by name, and what stands in the place of one. */
export const methods: readonly Method[] = [
  none,
  maml,
  fomaml,
  melu,
  anil,
  reptile,
  metaSgd,
  imaml,
  learnedOptimiser,
  neuralProcess,
  taskAdaptive,
  memory,
  sameId,
  metaEmb,
  mwuf,
];

/** @throws NOT_FOUND when there is none of that name @example methodNamed("maml").title */
export function methodNamed(name: string): Method {
  const found = methods.find((method) => method.name === name);
  if (found !== undefined) return found;
  const expected = `one of ${methods.map((method) => method.name).join(", ")}`;
  throw new ForetasteError("NOT_FOUND", { where: "method", expected, got: `"${name}"` });
}
