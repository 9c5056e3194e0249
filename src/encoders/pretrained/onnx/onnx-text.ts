import { ForetasteError } from "../../../base/errors.ts";
import { hashJson } from "../../../base/hash.ts";
import {
  compile,
  input,
  type OnnxRunner,
  openOnnx,
  type Program,
  programCache,
  type Tensor,
} from "../../../tensor/index.ts";
import type { PaddedTokens, TextBatch } from "../batches.ts";
import { readMaxTokens, readTokenizer } from "../checkpoint/files.ts";
import { readSentence, type Sentence } from "../checkpoint/sentence-json.ts";
import { openTokenizer } from "../checkpoint/tokens.ts";
import { embedTexts } from "../embed-tokens.ts";
import type { TextEncoder } from "../text-encoder.ts";
import { normalised, poolTokens } from "../transformer/pooling.ts";
import { openOnnxFolder } from "./onnx-folder.ts";

/** How an exported encoder is run. */
export interface OnnxTextOptions {
  readonly name: string;
  /** Put before every text. Nothing unless given. */
  readonly prompt?: string;
  /** Fewer tokens of a text than the folder allows, 512 where it says nothing. */
  readonly maxTokens?: number;
  /** Threads inside one run, 1 by default. */
  readonly threads?: number;
}

/** Outputs that are a vector a text, or a vector a token, by the names that exporters give them. */
const outputNames = ["sentence_embedding", "text_embeds", "last_hidden_state", "token_embeddings"];

/**
 * An ONNX file that others exported as a text encoder, run as it is: `model.onnx` (or `onnx/model.onnx`) with inputs
 * `input_ids`, `attention_mask` and `token_type_ids` or some of them, beside `tokenizer.json`. Where it returns a vector a
 * token, `modules.json` says how they become one; the mean without.
 *
 * @throws NOT_FOUND when a file is missing; ARTEFACT when the ONNX file is no text encoder
 * @example const encoder = await onnxTextEncoder("exported/all-MiniLM-L6-v2", { name: "mini-onnx" });
 */
export async function onnxTextEncoder(folder: string, options: OnnxTextOptions): Promise<TextEncoder> {
  const { name, prompt = "", threads = 1 } = options;
  const { path, files } = openOnnxFolder(folder, "text", "tokenizer.json");
  const sentence = readSentence(files.json, folder);
  const longest = Math.min(readMaxTokens(files), options.maxTokens ?? 512);
  const tokenise = openTokenizer(readTokenizer(files), longest);
  const network = await openNetwork(path, threads);
  const poolings = programCache({ build: (size: Size) => poolProgram(sentence, size), capacity: 64 });
  const encode = async ({ rows, length }: Omit<TextBatch, "texts">, tokens: PaddedTokens) => {
    const { shape, data } = await network.run(rows, length, tokens);
    const { run } = await poolings.get({ shape, length });
    return (await run({ found: data, mask: tokens.mask })).vectors;
  };
  const one = { ids: new Int32Array(1), mask: new Float32Array(1).fill(1) };
  const width = (await encode({ rows: 1, length: 1 }, one)).length;
  const batches = {
    name,
    width,
    plan: { longest, tokens: 512 },
    tokenise: (text: string) => tokenise(prompt + text),
    encode,
  };
  return {
    name,
    hash: hashJson({ files: files.hash(), prompt, longest }),
    width,
    embed: (texts, ctx) => embedTexts(texts, batches, ctx),
    async release() {
      await Promise.all([network.release(), poolings.release()]);
    },
  };
}

/** What the file returned for a batch: `[rows, width]`, or `[rows, length, width]`. */
interface Size {
  readonly shape: readonly number[];
  readonly length: number;
}

/** From what the file returns to one vector a text, of length one if the folder says so. */
function poolProgram(
  { pooling, normalise }: Sentence,
  { shape, length }: Size,
): Promise<Program<{ found: Tensor; mask: Tensor }, { readonly vectors: Tensor }>> {
  const found = input("found", shape);
  const mask = input("mask", [shape[0]!, length]);
  const pooled = shape.length === 3 ? poolTokens(pooling, found, mask) : found;
  const vectors = normalise ? normalised(pooled) : pooled;
  return compile({ found, mask }, { vectors }, { offThread: false });
}

interface Network {
  /** `[rows, width]` or `[rows, length, width]` */
  run(
    rows: number,
    length: number,
    tokens: PaddedTokens,
  ): Promise<{ readonly shape: readonly number[]; readonly data: Float32Array }>;
  release(): Promise<void>;
}

/** What an input of a text encoder is fed with. */
const fed: Readonly<Record<string, (tokens: PaddedTokens) => Float32Array | Int32Array>> = {
  input_ids: ({ ids }) => ids,
  attention_mask: ({ mask }) => mask,
  token_type_ids: ({ ids }) => new Int32Array(ids.length),
};

async function openNetwork(path: string, threads: number): Promise<Network> {
  const file = await openOnnx(path, { threads });
  checkInputs(file, path);
  const output =
    outputNames.find((name) => file.outputs.some((port) => port.name === name)) ?? file.outputs[0]!.name;
  return {
    async run(rows, length, tokens) {
      const feeds = file.inputs.map(
        ({ name }) => [name, { shape: [rows, length], data: fed[name]!(tokens) }] as const,
      );
      const { shape, data } = (await file.run(Object.fromEntries(feeds), [output]))[output]!;
      const fits = shape[0] === rows && (shape.length === 2 || (shape.length === 3 && shape[1] === length));
      if (fits && data instanceof Float32Array) return { shape, data };
      const expected = `float32 [${rows}, width] or [${rows}, ${length}, width]`;
      throw new ForetasteError("ARTEFACT", {
        where: `${path}, ${output}`,
        expected,
        got: `[${shape.join(", ")}]`,
      });
    },
    release: () => file.release(),
  };
}

function checkInputs({ inputs }: OnnxRunner, where: string): void {
  const wrong = inputs.find(
    ({ name, shape }) => fed[name] === undefined || shape.some((n) => typeof n === "number"),
  );
  if (wrong === undefined) return;
  throw new ForetasteError("ARTEFACT", {
    where,
    expected: `inputs among ${Object.keys(fed).join(", ")}, of any number and length of texts`,
    got: `${wrong.name} [${wrong.shape.join(", ")}]`,
    hint: "Export it with dynamic axes.",
  });
}
