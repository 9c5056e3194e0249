import { existsSync } from "node:fs";
import { join } from "node:path";
import { hashJson, sha256 } from "../../../base/hash.ts";
import { flatten, type QuantiseOptions } from "../../../tensor/index.ts";
import { decodeTensors, type Tensors } from "../../../tensor/safetensors/safetensors.ts";
import { longestText, type TransformerConfig } from "../transformer/config.ts";
import { type Files, openFolder, readMaxTokens, readTokenizer, type TokenizerFiles } from "./files.ts";
import { readNetwork } from "./network-json.ts";
import { readSentence, type Sentence } from "./sentence-json.ts";
import { type HostParams, type StoredParams, widenAll } from "./stored.ts";
import { pickParams } from "./weights.ts";

/** A pretrained encoder as its files say it: a network with its weights, and how texts become tokens. */
export interface Checkpoint {
  readonly config: TransformerConfig;
  /** The weights as plain numbers, to be trained further. */
  readonly params: HostParams;
  /** The same in the form that the file keeps them in, which is how they run; the same object where nothing is compressed. */
  readonly stored: StoredParams;
  /** How what meets 8-bit weights is rounded, where there are any. */
  readonly activations?: QuantiseOptions["activations"];
  /** Most tokens of a text that are read, special ones included; the rest is cut off. */
  readonly maxTokens: number;
  readonly tokenizer: TokenizerFiles;
  /** What is put before a text, by the kind of text, such as "query" and "document". */
  readonly prompts: Readonly<Record<string, string>>;
  /** SHA-256 over all files that were read. */
  readonly hash: string;
}

/**
 * Reads a folder with a checkpoint of the BERT or GPT-2 family, as Hugging Face's transformers or sentence-transformers
 * save it: `config.json`, `model.safetensors` (float32, float16 or bfloat16), `tokenizer.json`, and where there are any
 * `tokenizer_config.json`, `modules.json`, `1_Pooling/config.json`, `sentence_bert_config.json`.
 *
 * @throws NOT_FOUND when a file is missing; ARTEFACT when one is not what it should be
 * @example const { config, params } = readCheckpoint("encoders/all-MiniLM-L6-v2");
 */
export function readCheckpoint(folder: string): Checkpoint {
  const files = openFolder(folder, hintOf);
  const sentence = readSentence(files.json, folder);
  const { network, activations } = readNetwork(files.neededJson("config.json"), join(folder, "config.json"));
  const { pooling, normalise, dense } = sentence;
  const config: TransformerConfig = { ...network, pooling, normalise, dense };
  const stored = pickParams(config, readTensors(files, sentence), folder);
  return withParams({
    config,
    stored,
    ...(activations && { activations }),
    maxTokens: Math.min(longestText(config), readMaxTokens(files)),
    tokenizer: readTokenizer(files),
    prompts: promptsOf(files),
    hash: files.hash(),
  });
}

/** Plain weights are made when somebody asks for them: whoever only runs an encoder needs them not. */
function withParams(parts: Omit<Checkpoint, "params">): Checkpoint {
  let widened: HostParams | undefined;
  return {
    ...parts,
    get params() {
      return (widened ??= widenAll(parts.config, parts.stored));
    },
  };
}

/** What compression changes of a checkpoint. */
export type Changed = Pick<Checkpoint, "stored"> & Partial<Pick<Checkpoint, "config" | "activations">>;

/** A checkpoint with other weights. Its hash is made of them. */
export function changedCheckpoint(
  from: Checkpoint,
  { stored, config = from.config, activations }: Changed,
): Checkpoint {
  const { maxTokens, tokenizer, prompts } = from;
  const arrays = flatten<Float32Array | Int8Array>(stored).map(
    ([path, { buffer, byteOffset, byteLength }]) => [
      path,
      sha256(new Uint8Array(buffer, byteOffset, byteLength)),
    ],
  );
  const rounding = activations === undefined ? {} : { activations };
  const hash = hashJson({ from: from.hash, config, arrays, ...rounding });
  return withParams({ config, stored, ...rounding, maxTokens, tokenizer, prompts, hash });
}

/** What to do about a file that is missing. */
function hintOf(folder: string): string {
  return existsSync(join(folder, "pytorch_model.bin"))
    ? "pytorch_model.bin is not read: save it with transformers' save_pretrained, which writes safetensors."
    : "An encoder's folder has config.json, tokenizer.json and model.safetensors.";
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

function promptsOf(files: Files): Record<string, string> {
  const json = files.json("config_sentence_transformers.json") as { prompts?: unknown } | undefined;
  const prompts = Object.entries((json?.prompts ?? {}) as Record<string, unknown>);
  return Object.fromEntries(
    prompts.filter((row): row is [string, string] => typeof row[1] === "string" && row[1] !== ""),
  );
}
