import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ForetasteError } from "../../../base/errors.ts";
import { sha256 } from "../../../base/hash.ts";
import { decodeTensors, type Tensors } from "../../../tensor/safetensors/safetensors.ts";
import { longestText, type TransformerConfig } from "../transformer/config.ts";
import { readNetwork } from "./network-json.ts";
import { readSentence, type Sentence } from "./sentence-json.ts";
import { type HostParams, pickParams } from "./weights.ts";

/** A pretrained encoder as its files say it: a network with its weights, and how texts become tokens. */
export interface Checkpoint {
  readonly config: TransformerConfig;
  readonly params: HostParams;
  /** Most tokens of a text that are read, special ones included; the rest is cut off. */
  readonly maxTokens: number;
  readonly tokenizer: TokenizerFiles;
  /** What is put before a text, by the kind of text, such as "query" and "document". */
  readonly prompts: Readonly<Record<string, string>>;
  /** SHA-256 over all files that were read. */
  readonly hash: string;
}

/** The two files of a tokenizer. */
export interface TokenizerFiles {
  readonly tokenizer: object;
  readonly settings: object;
}

/** What every checkpoint has. */
const NEEDED = ["config.json", "tokenizer.json", "model.safetensors"];

/**
 * Reads a folder with a checkpoint of the BERT or GPT-2 family, as Hugging Face's transformers or sentence-transformers
 * save it: `config.json`, `model.safetensors` (float32, float16 or bfloat16), `tokenizer.json`, and where there are any
 * `tokenizer_config.json`, `modules.json`, `1_Pooling/config.json`, `sentence_bert_config.json`.
 *
 * @throws NOT_FOUND when a file is missing; ARTEFACT when one is not what it should be
 * @example const { config, params } = readCheckpoint("encoders/all-MiniLM-L6-v2");
 */
export function readCheckpoint(folder: string): Checkpoint {
  const files = openFolder(folder);
  const sentence = readSentence(files.json, folder);
  const network = readNetwork(files.neededJson("config.json"), join(folder, "config.json"));
  const { pooling, normalise, dense } = sentence;
  const config: TransformerConfig = { ...network, pooling, normalise, dense };
  const params = pickParams(config, readTensors(files, sentence), folder);
  return {
    config,
    params,
    maxTokens: maxTokensOf(files, config),
    tokenizer: {
      tokenizer: files.neededJson("tokenizer.json") as object,
      settings: files.json("tokenizer_config.json") ?? {},
    },
    prompts: promptsOf(files),
    hash: files.hash(),
  };
}

/** Files of one folder; what was read is part of its hash. */
interface Files {
  bytes(file: string): Uint8Array | undefined;
  needed(file: string): Uint8Array;
  json(file: string): unknown;
  neededJson(file: string): unknown;
  hash(): string;
}

function openFolder(folder: string): Files {
  const hashes = new Map<string, string>();
  const bytes = (file: string): Uint8Array | undefined => {
    const path = join(folder, file);
    if (!existsSync(path)) return undefined;
    const content = readFileSync(path);
    hashes.set(file, sha256(content));
    return content;
  };
  const needed = (file: string): Uint8Array => bytes(file) ?? missing(folder, file);
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

function missing(folder: string, file: string): never {
  const old = existsSync(join(folder, "pytorch_model.bin"));
  const hint = old
    ? "pytorch_model.bin is not read: save it with transformers' save_pretrained, which writes safetensors."
    : `An encoder's folder has ${NEEDED.join(", ")}.`;
  throw new ForetasteError("NOT_FOUND", { where: folder, expected: `a file ${file}`, got: "none", hint });
}

function parseJson(content: Uint8Array, where: string): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(content));
  } catch (cause) {
    throw new ForetasteError("ARTEFACT", { where, expected: "JSON", got: String(cause), cause });
  }
}

/** All tensors under the names of the network; large checkpoints come in several files with an index. */
function readTensors(files: Files, { dense, denseFolders }: Sentence): Tensors {
  const index = files.json("model.safetensors.index.json") as
    | { weight_map?: Record<string, string> }
    | undefined;
  const shards =
    index?.weight_map === undefined ? ["model.safetensors"] : new Set(Object.values(index.weight_map));
  const own = [...shards].map((file) => decodeTensors(files.needed(file), file));
  const maps = denseFolders.map((folder, i) => {
    const file = `${folder}/model.safetensors`;
    const tensors = Object.entries(decodeTensors(files.needed(file), file));
    return Object.fromEntries(
      tensors.map(([name, tensor]) => [name.replace(/^linear/, dense[i]!.path), tensor]),
    );
  });
  return Object.assign({}, ...own, ...maps) as Tensors;
}

/** `sentence_bert_config.json` says it, or else the tokenizer's settings; never more than the network has positions. */
function maxTokensOf(files: Files, config: TransformerConfig): number {
  const own = files.json("sentence_bert_config.json") as { max_seq_length?: unknown } | undefined;
  const tokenizer = files.json("tokenizer_config.json") as { model_max_length?: unknown } | undefined;
  const said = own?.max_seq_length ?? tokenizer?.model_max_length;
  return Math.min(longestText(config), typeof said === "number" && said > 0 ? said : Infinity);
}

function promptsOf(files: Files): Record<string, string> {
  const json = files.json("config_sentence_transformers.json") as { prompts?: unknown } | undefined;
  const prompts = Object.entries((json?.prompts ?? {}) as Record<string, unknown>);
  return Object.fromEntries(
    prompts.filter((row): row is [string, string] => typeof row[1] === "string" && row[1] !== ""),
  );
}
