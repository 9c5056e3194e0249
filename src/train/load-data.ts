import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { ForetasteError } from "../base/errors.ts";
import type { RunContext } from "../base/progress.ts";
import type { Dataset } from "../data/dataset.ts";
import type { SourceDescription } from "../data/description.ts";
import { knownData } from "../data/known/known.ts";
import { parseDescription } from "../data/parse-description.ts";
import { readDataset } from "../data/read/dataset.ts";
import { locateData } from "../data/read/locate.ts";
import type { CleaningReport } from "../data/report.ts";
import { syntheticWorld } from "../data/synthetic.ts";
import { type DataConfig, parseToml } from "./config.ts";
import { encodeItems } from "./encode-items.ts";

/** Name of the generated world, for whoever has no data at hand. */
export const syntheticName = "synthetic";

export interface LoadedData {
  readonly dataset: Dataset;
  /** Where it came from, in words. */
  readonly source: string;
  /** What cleaning did; absent for the generated world. */
  readonly report?: CleaningReport;
}

/**
 * The data set a configuration names: a described one, a known one (searched for, or downloaded), or the generated
 * world when its name is `synthetic`; with what an encoder says of its items' texts, if the configuration names one.
 *
 * @throws ForetasteError `NOT_FOUND` when it, or the encoder, is nowhere, `CONFIG` for a wrong description, `DATA`, `CANCELLED`
 * @example const { dataset } = await loadData({ name: "movietweetings" }, ctx);
 */
export async function loadData(config: DataConfig, ctx: RunContext): Promise<LoadedData> {
  const loaded = await readData(config, ctx);
  return { ...loaded, dataset: await encodeItems(loaded.dataset, config.encoder, ctx) };
}

async function readData(config: DataConfig, ctx: RunContext): Promise<LoadedData> {
  if (config.description !== undefined) return described(config.description, config.path, ctx);
  if (config.name === syntheticName) {
    return { dataset: syntheticWorld({ seed: 1 }), source: "generated, no real data" };
  }
  const found = await locateData(config.name, {
    ctx,
    ...(config.path === undefined ? {} : { dir: config.path }),
  });
  if (found.source === "none") throw nowhere(config.name, found.reason);
  const description = knownData[config.name]?.description;
  if (description === undefined) throw nowhere(config.name, "no description");
  return { ...(await readDataset(description, found.dir, ctx)), source: `${found.source} ${found.dir}` };
}

async function described(file: string, dir: string | undefined, ctx: RunContext): Promise<LoadedData> {
  const folder = dir ?? dirname(file);
  return { ...(await readDataset(await readDescription(file), folder, ctx)), source: `folder ${folder}` };
}

/** Reads a description from a `.json` or `.toml` file. */
export async function readDescription(file: string): Promise<SourceDescription> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    const got = cause instanceof Error && "code" in cause ? String(cause.code) : "a failure";
    const expected = "a description of a data set that can be read";
    throw new ForetasteError("NOT_FOUND", { where: file, expected, got, cause });
  });
  return parseDescription(file.endsWith(".json") ? parseJson(text, file) : parseToml(text, file), file);
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : "other text";
    throw new ForetasteError("CONFIG", { where, expected: "JSON", got, cause });
  }
}

function nowhere(name: string, reason: string): ForetasteError {
  return new ForetasteError("NOT_FOUND", {
    where: `data set ${name}`,
    expected: "its files",
    got: reason,
    hint: `Give its folder with --data, or take the generated world with --dataset ${syntheticName}.`,
  });
}
