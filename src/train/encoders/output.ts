import { existsSync, readdirSync, statSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { ForetasteError } from "../../base/errors.ts";

/**
 * Whether an encoder may be written to a folder. One that is there is replaced only by force, and only if it holds an
 * encoder: `--force` removes nobody's documents.
 *
 * @param output an absolute path
 * @param teacher the folder that is compressed
 * @throws CONFIG
 */
export function checkOutput(output: string, teacher: string, force: boolean): void {
  if (!existsSync(output)) return;
  const refuse = (expected: string, hint: string): never => {
    throw new ForetasteError("CONFIG", { where: "--output", expected, got: output, hint });
  };
  if (!force) refuse("a folder that is not there yet", "Name another folder, or write over it with --force.");
  if (!existsSync(join(output, "config.json")) && readdirSync(output).length > 0)
    refuse("a new folder or one with an encoder in it", "Name another folder.");
  if (!relative(output, teacher).startsWith(".."))
    refuse("another folder than the encoder's own", "Name another folder.");
}

/** A folder beside the one that is wanted: it takes its name when it is kept, and is removed when not. */
export async function settle(partial: string, folder: string, keep: boolean): Promise<void> {
  if (!keep) return rm(partial, { recursive: true, force: true });
  await rm(folder, { recursive: true, force: true });
  await rename(partial, folder);
}

/** Bytes of weights, tokeniser and settings of an encoder's folder. */
export function encoderBytes(folder: string): number {
  const parts = /\.safetensors$|(^|\/)(config|tokenizer|tokenizer_config)\.json$/;
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => parts.test(file));
  return files.reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
}
