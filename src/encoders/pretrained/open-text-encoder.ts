import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join, resolve } from "node:path";
import { ForetasteError } from "../../base/errors.ts";
import { type RunContext, silentProgress } from "../../base/progress.ts";
import { nearest } from "../../base/schema.ts";
import { bagEncoder } from "./bag/bag.ts";
import { isBag, readBag } from "./bag/bag-files.ts";
import { cached } from "./cached.ts";
import { readCheckpoint } from "./checkpoint/checkpoint.ts";
import { fetchModel, type HubOptions, isHubId } from "./hub/hub.ts";
import { knownEncoders, promptOf } from "./known.ts";
import { findOnnx } from "./onnx/onnx-folder.ts";
import { onnxTextEncoder } from "./onnx/onnx-text.ts";
import { isDelta, readDelta, withDelta } from "./strategies/delta.ts";
import type { TextEncoder } from "./text-encoder.ts";
import { transformerEncoder } from "./transformer-encoder.ts";
import { useLiteFolder } from "./use-lite/checkpoint.ts";
import { useLite } from "./use-lite/use-lite.ts";

/** Where encoders are found and how they are run. */
export interface OpenEncoderOptions {
  /** Folder of encoders; `FORETASTE_ENCODERS`, or `~/.cache/foretaste/encoders`. */
  readonly folder?: string;
  /** Folder of vectors that were computed before; without it nothing is kept. */
  readonly cache?: string;
  /** How the hub is asked. */
  readonly hub?: Omit<HubOptions, "folder">;
  /** Put before every text, such as "query: ", which E5 has unless told otherwise. */
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
 * The encoder of a name: a known one ({@link knownEncoders}), a folder with a checkpoint or an exported ONNX file, one in the folder of encoders, or
 * a model of the Hugging Face hub ("owner/model"), which is fetched once.
 *
 * @param ctx progress of what is fetched, and its stop
 * @throws NOT_FOUND when there is none, with where it was looked for, or which files to put where; CANCELLED
 * @example const encoder = await openTextEncoder("all-MiniLM-L6-v2", { threads: 2, cache: ".foretaste/vectors" });
 */
export async function openTextEncoder(
  name: string,
  options: OpenEncoderOptions = {},
  ctx: RunContext = { progress: silentProgress },
): Promise<TextEncoder> {
  const { cache, threads } = options;
  const run = threads === undefined ? {} : { threads };
  const encoder = name === "use-lite" ? useLite(run) : await openCheckpoint(name, options, ctx);
  return cache === undefined ? encoder : cached(encoder, cache);
}

async function openCheckpoint(
  name: string,
  options: OpenEncoderOptions,
  ctx: RunContext,
): Promise<TextEncoder> {
  const { folder = encodersFolder(), maxTokens, threads, prompt = promptOf(name) } = options;
  const found =
    findCheckpoint(name, folder) ??
    (await fetchModel(hubIdOf(name, folder), { folder, ...options.hub }, ctx));
  if (isDelta(found)) return openTuned(found, options, ctx);
  if (isBag(found)) return bagEncoder(readBag(found), basename(found));
  const run = {
    name: basename(found),
    prompt,
    ...(maxTokens === undefined ? {} : { maxTokens }),
    ...(threads === undefined ? {} : { threads }),
  };
  return isExported(found) ? onnxTextEncoder(found, run) : transformerEncoder(readCheckpoint(found), run);
}

/** A base, wherever it is, with what was fine-tuned of it. */
async function openTuned(
  folder: string,
  { threads, folder: encoders, hub }: OpenEncoderOptions,
  ctx: RunContext,
): Promise<TextEncoder> {
  const delta = readDelta(folder);
  const places = encoders ?? encodersFolder();
  const base =
    findCheckpoint(delta.base, places) ??
    (await fetchModel(hubIdOf(delta.base, places), { folder: places, ...hub }, ctx));
  const { checkpoint, around } = withDelta(readCheckpoint(base), delta);
  return transformerEncoder(checkpoint, {
    name: basename(folder),
    prompt: promptOf(delta.base),
    ...(around && { around }),
    ...(threads === undefined ? {} : { threads }),
  });
}

/** The folder of a checkpoint that is there already: a path, or a name in the folder of encoders. */
function findCheckpoint(name: string, folder: string): string | undefined {
  const known = knownEncoders.find((encoder) => encoder.name === name)?.hubId;
  const places = [resolve(name), join(folder, name), ...(known === undefined ? [] : [join(folder, known)])];
  return places.find((path) => existsSync(join(path, "config.json")) || isDelta(path) || isExported(path));
}

/**
 * The folder with the checkpoint of a name, to be changed.
 *
 * @throws NOT_FOUND when there is none here
 */
export function checkpointFolder(name: string, folder: string = encodersFolder()): string {
  const found = findCheckpoint(name, folder);
  if (found !== undefined && !isBag(found) && !isDelta(found) && !isExported(found)) return found;
  throw new ForetasteError("NOT_FOUND", {
    where: `encoder ${name}`,
    expected: "a checkpoint with weights that can be changed (config.json and model.safetensors)",
    got: found === undefined ? "none here" : found,
    hint: `Looked here and in ${folder}; \`foretaste encoders embed\` fetches one of the hub.`,
  });
}

/** Whether a folder has an ONNX file and no weights of a network that is known here. */
function isExported(folder: string): boolean {
  const weights = ["model.safetensors", "model.safetensors.index.json"];
  return findOnnx(folder, "text") !== undefined && !weights.some((file) => existsSync(join(folder, file)));
}

/** Whether an encoder opens without a network. */
export function isHere(name: string, folder: string = encodersFolder()): boolean {
  if (name !== "use-lite") return findCheckpoint(name, folder) !== undefined;
  try {
    return existsSync(useLiteFolder());
  } catch {
    return false;
  }
}

function hubIdOf(name: string, folder: string): string {
  const known = knownEncoders.find((encoder) => encoder.name === name)?.hubId;
  if (known !== undefined) return known;
  if (isHubId(name)) return name;
  const names = knownEncoders.map((encoder) => encoder.name);
  const near = nearest(name, names);
  const start = near === undefined ? `Known names: ${names.join(", ")}.` : `Did you mean "${near}"?`;
  const hint = `${start} Or name a folder with config.json, model.safetensors (or model.onnx) and tokenizer.json, or a model of the hub as owner/model.`;
  const expected = `a folder ${name} here or in ${folder}`;
  throw new ForetasteError("NOT_FOUND", { where: "encoders", expected, got: "none", hint });
}
