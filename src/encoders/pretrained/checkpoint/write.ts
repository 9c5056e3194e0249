import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { encodeTensors, type StoredTensor } from "../../../tensor/safetensors/safetensors.ts";
import type { Activation, DenseConfig } from "../transformer/config.ts";
import type { Checkpoint } from "./checkpoint.ts";
import {
  factorPlaces,
  type StoredWeight,
  scalesShape,
  storedAt,
  valuesShape,
  type WeightPlace,
  weightPlaces,
} from "./stored.ts";

/**
 * Writes a checkpoint as a folder that `readCheckpoint` reads. One that is not compressed is what sentence-transformers
 * would have saved; 8-bit weights, factors and pruned layers only Foretaste reads.
 *
 * @returns bytes written
 */
export async function writeCheckpoint(folder: string, checkpoint: Checkpoint): Promise<number> {
  let total = 0;
  for (const [file, content] of checkpointFiles(checkpoint)) {
    const path = join(folder, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
    total += Buffer.byteLength(content);
  }
  return total;
}

/** The files of a checkpoint, by name. */
function checkpointFiles(checkpoint: Checkpoint): [file: string, content: string | Uint8Array][] {
  const { config, maxTokens, tokenizer, prompts } = checkpoint;
  const dense = config.dense ?? [];
  const folders = dense.map((_, i) => `${i + 2}_Dense`);
  const places = weightPlaces(config);
  const under = (path: string): boolean => dense.some((map) => path.startsWith(`${map.path}.`));
  const network = places.filter(({ path }) => !under(path));
  return [
    ["config.json", json(networkJson(checkpoint))],
    ["tokenizer.json", JSON.stringify(tokenizer.tokenizer)],
    ["tokenizer_config.json", json(tokenizer.settings)],
    ["modules.json", json(modulesJson(checkpoint, folders))],
    [
      "1_Pooling/config.json",
      json({ word_embedding_dimension: config.width, pooling_mode: poolingWords[config.pooling] }),
    ],
    ["sentence_bert_config.json", json({ max_seq_length: maxTokens })],
    ["config_sentence_transformers.json", json({ prompts })],
    ["model.safetensors", encodeTensors(tensorsOf(checkpoint, network))],
    ...dense.flatMap((map, i) => denseFiles(checkpoint, map, folders[i]!)),
  ];
}

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

/** As transformers calls them. */
const activationWords: Readonly<Record<Activation, string>> = {
  gelu: "gelu",
  geluTanh: "gelu_new",
  relu: "relu",
  tanh: "tanh",
  identity: "identity",
};

/** As sentence-transformers calls them. */
const poolingWords = {
  mean: "mean",
  cls: "cls",
  max: "max",
  meanSqrt: "mean_sqrt_len_tokens",
  weighted: "weightedmean",
  last: "lasttoken",
} as const;

const moduleWords: Readonly<Record<Activation, string>> = {
  gelu: "activation.GELU",
  geluTanh: "activation.GELU",
  relu: "activation.ReLU",
  tanh: "activation.Tanh",
  identity: "linear.Identity",
};

function networkJson({ config, activations }: Checkpoint): object {
  const { family, firstPosition, sizes } = config;
  return {
    model_type: family,
    hidden_size: config.width,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    intermediate_size: config.inner,
    vocab_size: config.vocabulary,
    max_position_embeddings: config.positions,
    type_vocab_size: config.types,
    layer_norm_eps: config.epsilon,
    hidden_act: activationWords[config.activation],
    pad_token_id: Math.max(0, firstPosition - 1),
    ...((sizes ?? activations) && {
      foretaste: { ...(sizes && { sizes }), ...(activations && { activations }) },
    }),
  };
}

function modulesJson({ config }: Checkpoint, denseFolders: readonly string[]): object[] {
  const kinds = [
    ["", "Transformer"],
    ["1_Pooling", "Pooling"],
    ...denseFolders.map((folder) => [folder, "Dense"]),
    ...(config.normalise ? [[`${denseFolders.length + 2}_Normalize`, "Normalize"]] : []),
  ];
  return kinds.map(([path, kind], idx) => ({
    idx,
    name: String(idx),
    path,
    type: `sentence_transformers.models.${kind}`,
  }));
}

function denseFiles(
  checkpoint: Checkpoint,
  map: DenseConfig,
  folder: string,
): [string, string | Uint8Array][] {
  const places = weightPlaces(checkpoint.config).filter(({ path }) => path.startsWith(`${map.path}.`));
  const tensors = Object.entries(tensorsOf(checkpoint, places)).map(
    ([name, tensor]) => [name.replace(map.path, "linear"), tensor] as const,
  );
  const settings = {
    in_features: map.from,
    out_features: map.to,
    bias: true,
    activation_function: `torch.nn.modules.${moduleWords[map.activation]}`,
  };
  return [
    [`${folder}/config.json`, json(settings)],
    [`${folder}/model.safetensors`, encodeTensors(Object.fromEntries(tensors))],
  ];
}

function tensorsOf({ stored }: Checkpoint, places: readonly WeightPlace[]): Record<string, StoredTensor> {
  return Object.fromEntries(places.flatMap((place) => namedTensors(storedAt(stored, place.path), place)));
}

function namedTensors(weight: StoredWeight, place: WeightPlace): [string, StoredTensor][] {
  const { path, shape } = place;
  if (weight instanceof Float32Array) return [[path, { dtype: "F32", shape, data: weight }]];
  if ("left" in weight) {
    const [left, right] = factorPlaces(place, weight);
    return [...namedTensors(weight.left, left), ...namedTensors(weight.right, right)];
  }
  return [
    [`${path}.values`, { dtype: "I8", shape: valuesShape(place), data: weight.values }],
    [`${path}.scales`, { dtype: "F32", shape: scalesShape(place), data: weight.scales }],
  ];
}
