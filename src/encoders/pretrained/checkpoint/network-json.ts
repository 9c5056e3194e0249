import Type, { type Static } from "typebox";
import { ForetasteError } from "../../../base/errors.ts";
import { parseWith } from "../../../base/schema.ts";
import type { QuantiseOptions } from "../../../tensor/index.ts";
import type { Activation, Family, TransformerConfig } from "../transformer/config.ts";

/** The part of a configuration that `config.json` decides. */
export type NetworkConfig = Omit<TransformerConfig, "pooling" | "normalise" | "dense">;

const count = Type.Integer({ minimum: 1 });

const range = Type.Tuple([Type.Number(), Type.Number()]);

/** What is read of `config.json`, by BERT's names; under "foretaste" what compression made of the network. */
const schema = Type.Object({
  hidden_size: count,
  num_hidden_layers: count,
  num_attention_heads: count,
  intermediate_size: Type.Optional(Type.Union([count, Type.Null()])),
  vocab_size: count,
  max_position_embeddings: count,
  type_vocab_size: Type.Optional(Type.Integer({ minimum: 0 })),
  layer_norm_eps: Type.Optional(Type.Number({ minimum: 0 })),
  hidden_act: Type.Optional(Type.String()),
  pad_token_id: Type.Optional(Type.Union([Type.Integer(), Type.Null()])),
  position_embedding_type: Type.Optional(Type.Literal("absolute")),
  scale_attn_by_inverse_layer_idx: Type.Optional(Type.Literal(false)),
  scale_attn_weights: Type.Optional(Type.Literal(true)),
  foretaste: Type.Optional(
    Type.Object({
      sizes: Type.Optional(Type.Array(Type.Object({ heads: Type.Integer(), inner: Type.Integer() }))),
      activations: Type.Optional(Type.Union([Type.Literal("dynamic"), Type.Record(Type.String(), range)])),
    }),
  ),
});

interface Kind {
  readonly family: Family;
  /** What it calls BERT's keys, where its names are others. */
  readonly names?: Readonly<Record<string, string>>;
  readonly epsilon: number;
  readonly activation: string;
}

const bertLike = { epsilon: 1e-12, activation: "gelu" };

/** By `model_type`; numbers are what transformers takes when the file says nothing. */
const kinds: Readonly<Record<string, Kind>> = {
  bert: { family: "bert", ...bertLike },
  roberta: { family: "roberta", ...bertLike },
  "xlm-roberta": { family: "roberta", ...bertLike },
  camembert: { family: "roberta", ...bertLike },
  mpnet: { family: "mpnet", ...bertLike },
  distilbert: {
    family: "distilbert",
    ...bertLike,
    names: {
      hidden_size: "dim",
      num_hidden_layers: "n_layers",
      num_attention_heads: "n_heads",
      intermediate_size: "hidden_dim",
      hidden_act: "activation",
    },
  },
  gpt2: {
    family: "gpt2",
    epsilon: 1e-5,
    activation: "gelu_new",
    names: {
      hidden_size: "n_embd",
      num_hidden_layers: "n_layer",
      num_attention_heads: "n_head",
      intermediate_size: "n_inner",
      max_position_embeddings: "n_positions",
      hidden_act: "activation_function",
      layer_norm_eps: "layer_norm_epsilon",
    },
  },
};

const activations: Readonly<Record<string, Activation>> = {
  gelu: "gelu",
  gelu_new: "geluTanh",
  gelu_fast: "geluTanh",
  gelu_pytorch_tanh: "geluTanh",
  relu: "relu",
};

/**
 * Reads `config.json` of a checkpoint of Hugging Face's transformers.
 *
 * @throws ARTEFACT when the network is of another kind, or a number is missing
 */
export function readNetwork(
  json: unknown,
  where: string,
): { readonly network: NetworkConfig; readonly activations?: QuantiseOptions["activations"] } {
  const kind = choose(kinds, (json as { model_type?: unknown } | null)?.model_type, `${where}: model_type`);
  const read = parseWith(schema, byBertsNames(json as object, kind), { code: "ARTEFACT", where });
  const act = read.hidden_act ?? kind.activation;
  const { sizes, activations: rounding } = read.foretaste ?? {};
  const network = {
    family: kind.family,
    layers: read.num_hidden_layers,
    heads: read.num_attention_heads,
    width: read.hidden_size,
    inner: read.intermediate_size ?? 4 * read.hidden_size,
    vocabulary: read.vocab_size,
    positions: read.max_position_embeddings,
    types: kind.family === "bert" || kind.family === "roberta" ? (read.type_vocab_size ?? 2) : 0,
    firstPosition: firstPosition(kind, read),
    activation: choose(activations, act, `${where}: hidden_act`),
    epsilon: read.layer_norm_eps ?? kind.epsilon,
    ...(sizes && { sizes }),
  };
  return { network, ...(rounding && { activations: rounding }) };
}

function byBertsNames(json: object, { names = {} }: Kind): Record<string, unknown> {
  const own = json as Record<string, unknown>;
  const renamed = Object.entries(names).flatMap(([bert, name]) => (name in own ? [[bert, own[name]]] : []));
  return { ...own, ...(Object.fromEntries(renamed) as Record<string, unknown>) };
}

/** RoBERTa and its kin count positions from the one after that of padding. */
function firstPosition({ family }: Kind, { pad_token_id }: Static<typeof schema>): number {
  return family === "roberta" || family === "mpnet" ? (pad_token_id ?? 1) + 1 : 0;
}

/** @throws ARTEFACT naming what is known */
export function choose<T>(known: Readonly<Record<string, T>>, key: unknown, where: string): T {
  if (typeof key === "string" && Object.hasOwn(known, key)) return known[key]!;
  const expected = `one of ${Object.keys(known).join(", ")}`;
  throw new ForetasteError("ARTEFACT", { where, expected, got: JSON.stringify(key) ?? "nothing" });
}
