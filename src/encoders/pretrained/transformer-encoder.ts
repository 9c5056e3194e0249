import { hashJson } from "../../base/hash.ts";
import {
  compile,
  flatten,
  input,
  type Program,
  programCache,
  type Shape,
  type Tensor,
  type Tree,
} from "../../tensor/index.ts";
import type { Checkpoint } from "./checkpoint/checkpoint.ts";
import { keepsIntegers, storedInputs } from "./checkpoint/stored.ts";
import { openTokenizer } from "./checkpoint/tokens.ts";
import { embedTexts } from "./embed-tokens.ts";
import type { Strategy, Weights } from "./strategies/strategy.ts";
import type { TextEncoder } from "./text-encoder.ts";
import { encodedWidth } from "./transformer/config.ts";
import { encodeTokens, type Tokens } from "./transformer/network.ts";
import { treeOf } from "./transformer/params.ts";

/** How a checkpoint is run. */
export interface TransformerEncoderOptions {
  readonly name: string;
  /** Put before every text, such as "query: " for E5. Nothing unless given. */
  readonly prompt?: string;
  /** Fewer tokens of a text than the checkpoint allows. */
  readonly maxTokens?: number;
  /** Threads inside one run, 1 by default. */
  readonly threads?: number;
  /** What fine-tuning put around the weights. */
  readonly around?: Around;
  /** Tokens of a batch, 512 by default: enough for fast products, few enough to stay in the cache. */
  readonly batchTokens?: number;
}

/** A strategy with what it trained, where the base's own weights have no place for it. */
export interface Around {
  readonly strategy: Pick<Strategy, "shapes" | "wrap">;
  readonly trained: Weights;
}

/**
 * A checkpoint as a text encoder: texts sorted by length, padded to few shapes with a program each, all of which read the
 * same weights in place.
 *
 * A batch computes on the thread that calls, for as long as `batchTokens` takes; between batches the event loop runs.
 *
 * @example
 * const encoder = transformerEncoder(readCheckpoint(folder), { name: "all-MiniLM-L6-v2", threads: 2 });
 * const { data, width } = await encoder.embed(["Two friends.", "A space toy."], { progress: silentProgress });
 */
export function transformerEncoder(checkpoint: Checkpoint, options: TransformerEncoderOptions): TextEncoder {
  const { config, stored } = checkpoint;
  const { name, prompt = "", batchTokens = 512, threads = 1, around } = options;
  const trained = around?.trained ?? {};
  const longest = Math.min(checkpoint.maxTokens, options.maxTokens ?? Infinity);
  const tokenise = openTokenizer(checkpoint.tokenizer, longest);
  const programs = programCache({
    build: (size: Size) => encodeProgram(checkpoint, size, { threads, ...(around && { around }) }),
    capacity: 64,
  });
  const width = encodedWidth(config);
  const batches = {
    name,
    width,
    plan: { longest, tokens: batchTokens },
    tokenise: (text: string) => tokenise(prompt + text),
    async encode({ rows, length }: Size, tokens: { ids: Int32Array; mask: Float32Array }) {
      const { run } = await programs.get({ rows, length });
      return (await run({ tokens, stored, trained })).vectors;
    },
  };
  return {
    name,
    hash: hashJson({ files: checkpoint.hash, prompt, longest }),
    width,
    embed: (texts, ctx) => embedTexts(texts, batches, ctx),
    release: () => programs.release(),
  };
}

interface Size {
  readonly rows: number;
  readonly length: number;
}

type Inputs = { readonly tokens: Tokens; readonly stored: Tree<Tensor>; readonly trained: Tree<Tensor> };

function encodeProgram(
  { config, stored, activations = "dynamic" }: Checkpoint,
  { rows, length }: Size,
  { threads, around }: Pick<TransformerEncoderOptions, "around"> & { threads: number },
): Promise<Program<Inputs, { readonly vectors: Tensor }>> {
  const tokens = { ids: input("ids", [rows, length], "int32"), mask: input("mask", [rows, length]) };
  const { inputs, params } = storedInputs(config, stored);
  const trained = trainedInputs(around);
  const wrapped = around?.strategy.wrap(params, trained);
  const vectors = encodeTokens(config, wrapped?.params ?? params, tokens, wrapped?.hooks);
  const quantise = keepsIntegers(stored) ? { quantise: { activations } } : {};
  // In a worker thread every run would begin with a copy of the weights.
  return compile(
    { tokens, stored: inputs, trained },
    { vectors },
    { threads, offThread: false, ...quantise },
  );
}

function trainedInputs(around: Around | undefined): Tree<Tensor> {
  const leaves = flatten<Shape>(around?.strategy.shapes ?? {});
  return treeOf(leaves.map(([path, shape]) => [path, input(`trained.${path}`, shape)] as const));
}
