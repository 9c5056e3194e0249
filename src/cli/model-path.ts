import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { ForetasteError } from "../base/errors.ts";
import type { Listed } from "../registry/registry.ts";

export const defaultModels: string = "models";

export interface ModelOptions {
  readonly model?: string;
  readonly models: string;
}

/** Adds `--model` and `--models` to a command. */
export function withModelOptions(command: Command): Command {
  return command
    .option("-m, --model <model>", "id, beginning of an id, or folder of a saved model (default: the newest)")
    .option("--models <folder>", "folder of saved models", defaultModels);
}

/**
 * The folder of the model that is meant.
 *
 * @throws ForetasteError `NOT_FOUND` when there is none, or several begin so
 */
export async function findModel({ model, models }: ModelOptions): Promise<string> {
  if (model !== undefined && existsSync(join(model, "manifest.json"))) return model;
  const { listArtefacts } = await import("../registry/registry.ts");
  const listed = (await listArtefacts(models)).filter((one) => "manifest" in one);
  if (model === undefined) return newest(listed, models);
  const exact = listed.find(({ id }) => id === model);
  const found = exact === undefined ? listed.filter(({ id }) => id.startsWith(model)) : [exact];
  const [only] = found;
  if (only !== undefined && found.length === 1) return only.path;
  throw new ForetasteError("NOT_FOUND", {
    where: `--model ${model}`,
    expected: `a saved model in ${models}`,
    got: found.length === 0 ? "none of that name" : `${found.length} that begin so`,
    hint: await adviceFor(model, found.length > 0 ? found : listed),
  });
}

function newest(listed: readonly Listed[], models: string): string {
  const [first] = listed;
  if (first !== undefined) return first.path;
  throw new ForetasteError("NOT_FOUND", {
    where: models,
    expected: "a saved model",
    got: "none",
    hint: "Make one with `foretaste demo` or `foretaste train`, or name another folder with --models.",
  });
}

async function adviceFor(model: string, listed: readonly Listed[]): Promise<string> {
  const { nearest } = await import("../base/schema.ts");
  const ids = listed.map(({ id }) => id);
  const near = nearest(model, ids);
  if (near !== undefined) return `Did you mean ${near}?`;
  return ids.length === 0
    ? "There are none; make one with `foretaste train`."
    : `There are: ${ids.join(", ")}.`;
}
