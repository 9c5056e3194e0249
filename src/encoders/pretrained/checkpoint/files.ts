import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ForetasteError } from "../../../base/errors.ts";
import { sha256 } from "../../../base/hash.ts";

/** The two files of a tokenizer. */
export interface TokenizerFiles {
  readonly tokenizer: object;
  readonly settings: object;
}

/** Of the folder. @throws NOT_FOUND without a tokenizer.json */
export function readTokenizer(files: Files): TokenizerFiles {
  return {
    tokenizer: files.neededJson("tokenizer.json") as object,
    settings: files.json("tokenizer_config.json") ?? {},
  };
}

/** What `sentence_bert_config.json` says, or else the tokenizer's settings; no end where neither does. */
export function readMaxTokens(files: Files): number {
  const own = files.json("sentence_bert_config.json") as { max_seq_length?: unknown } | undefined;
  const tokenizer = files.json("tokenizer_config.json") as { model_max_length?: unknown } | undefined;
  const said = own?.max_seq_length ?? tokenizer?.model_max_length;
  return typeof said === "number" && said > 0 ? said : Infinity;
}

/** Files of one folder; what was read is part of its hash. */
export interface Files {
  bytes(file: string): Uint8Array | undefined;
  needed(file: string): Uint8Array;
  json(file: string): unknown;
  neededJson(file: string): unknown;
  hash(): string;
}

/**
 * Opens the folder of an encoder.
 *
 * @param hintOf what to do about a file that is missing
 */
export function openFolder(folder: string, hintOf: (folder: string) => string): Files {
  const hashes = new Map<string, string>();
  const bytes = (file: string): Uint8Array | undefined => {
    const path = join(folder, file);
    if (!existsSync(path)) return undefined;
    const content = readFileSync(path);
    hashes.set(file, sha256(content));
    return content;
  };
  const needed = (file: string): Uint8Array => bytes(file) ?? missing(folder, file, hintOf(folder));
  const parse = (content: Uint8Array, file: string): unknown => parseJson(content, join(folder, file));
  return {
    bytes,
    needed,
    json: (file) => {
      const content = bytes(file);
      return content && parse(content, file);
    },
    neededJson: (file) => parse(needed(file), file),
    hash: () => sha256([...hashes].sort(([a], [b]) => (a < b ? -1 : 1)).join("\n")),
  };
}

function missing(folder: string, file: string, hint: string): never {
  throw new ForetasteError("NOT_FOUND", { where: folder, expected: `a file ${file}`, got: "none", hint });
}

function parseJson(content: Uint8Array, where: string): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(content));
  } catch (cause) {
    throw new ForetasteError("ARTEFACT", { where, expected: "JSON", got: String(cause), cause });
  }
}
