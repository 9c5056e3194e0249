import { ForetasteError } from "../base/errors.ts";
import { deepFm } from "./deep-fm.ts";
import { fm } from "./fm.ts";
import { mlp } from "./mlp.ts";
import type { Model } from "./model.ts";
import { ncf } from "./ncf.ts";
import { sequence } from "./sequence.ts";
import { twoTower } from "./two-tower.ts";

/** Every scoring network by name. */
export const models: readonly Model[] = [mlp, fm, deepFm, ncf, twoTower, sequence];

/** @throws NOT_FOUND when there is none of that name @example modelNamed("mlp").title */
export function modelNamed(name: string): Model {
  const found = models.find((model) => model.name === name);
  if (found !== undefined) return found;
  const expected = `one of ${models.map((model) => model.name).join(", ")}`;
  throw new ForetasteError("NOT_FOUND", { where: "model", expected, got: `"${name}"` });
}
