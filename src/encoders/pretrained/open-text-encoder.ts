import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join, resolve } from "node:path";
import { ForetasteError } from "../../base/errors.ts";
import { cached } from "./cached.ts";
import { readCheckpoint } from "./checkpoint/checkpoint.ts";
import type { TextEncoder } from "./text-encoder.ts";
import { transformerEncoder } from "./transformer-encoder.ts";
import { useLite } from "./use-lite/use-lite.ts";

/** Where encoders are found and how they are run. */
export interface OpenEncoderOptions {
  /** Folder of encoders; `FORETASTE_ENCODERS`, or `~/.cache/foretaste/encoders`. */
  readonly folder?: string;
  /** Folder of vectors that were computed before; without it nothing is kept. */
  readonly cache?: string;
  /** Put before every text, such as "query: ". */
  readonly prompt?: string;
  /** Fewer tokens of a text than the encoder allows. */
  readonly maxTokens?: number;
  /** Threads inside one run, 1 by default. */
  readonly threads?: number;
}

/** `FORETASTE_ENCODERS`, or `.cache/foretaste/encoders` in the home folder. */
export function encodersFolder(): string {
  return process.env.FORETASTE_ENCODERS ?? join(homedir(), ".cache", "foretaste", "encoders");
}

/**
 * The encoder of a name: "use-lite", which comes with an optional package of npm, a folder with a checkpoint, or the name
 * of one in the folder of encoders.
 *
 * @throws NOT_FOUND when there is none, with where it was looked for
 * @example const encoder = await openTextEncoder("all-MiniLM-L6-v2", { threads: 2, cache: ".foretaste/vectors" });
 */
export async function openTextEncoder(name: string, options: OpenEncoderOptions = {}): Promise<TextEncoder> {
  const encoder = name === "use-lite" ? useLite(runOptions(options)) : openCheckpoint(name, options);
  return options.cache === undefined ? encoder : cached(encoder, options.cache);
}

function openCheckpoint(name: string, options: OpenEncoderOptions): TextEncoder {
  const { folder = encodersFolder(), cache: _, ...run } = options;
  const found = [resolve(name), join(folder, name)].find((path) => existsSync(join(path, "config.json")));
  if (found !== undefined)
    return transformerEncoder(readCheckpoint(found), { name: basename(found), ...run });
  const hint = "Name a folder with config.json, model.safetensors and tokenizer.json.";
  const expected = `a folder ${name} here or in ${folder}`;
  throw new ForetasteError("NOT_FOUND", { where: "encoders", expected, got: "none", hint });
}

function runOptions({ threads }: OpenEncoderOptions): { threads?: number } {
  return threads === undefined ? {} : { threads };
}
