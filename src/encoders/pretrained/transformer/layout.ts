import type { Family } from "./config.ts";

/** Paths of one layer's modules, as its checkpoints call them. A linear map has a `weight` and a `bias` below its path. */
export interface LayerLayout {
  /** Query, key and value: three maps, or one that makes all three side by side. */
  readonly projections: readonly [string, string, string] | readonly [string];
  readonly out: string;
  readonly attentionNorm: string;
  readonly up: string;
  readonly down: string;
  readonly feedForwardNorm: string;
}

/** Where a family keeps its weights, and in which order its sublayers come. */
export interface Layout {
  readonly words: string;
  readonly positions: string;
  readonly types?: string;
  readonly embeddingNorm?: string;
  /** Norm before a sublayer instead of after the sum; then there is one at the end, too. */
  readonly finalNorm?: string;
  /** Biases of attention by distance, shared by all layers (MPNet). */
  readonly distances?: string;
  /** Tokens see only what comes before them. */
  readonly causal: boolean;
  /** Whether matrices lie as `[in, out]`; `[out, in]` is what PyTorch's `Linear` does. */
  readonly inOut: boolean;
  layer(index: number): LayerLayout;
}

const embeddings = {
  words: "embeddings.word_embeddings.weight",
  positions: "embeddings.position_embeddings.weight",
  embeddingNorm: "embeddings.LayerNorm",
};

const feedForward = (at: string) => ({
  up: `${at}.intermediate.dense`,
  down: `${at}.output.dense`,
  feedForwardNorm: `${at}.output.LayerNorm`,
});

const bert: Layout = {
  ...embeddings,
  types: "embeddings.token_type_embeddings.weight",
  causal: false,
  inOut: false,
  layer(index) {
    const at = `encoder.layer.${index}`;
    const self = `${at}.attention.self`;
    return {
      projections: [`${self}.query`, `${self}.key`, `${self}.value`],
      out: `${at}.attention.output.dense`,
      attentionNorm: `${at}.attention.output.LayerNorm`,
      ...feedForward(at),
    };
  },
};

const distilbert: Layout = {
  ...embeddings,
  causal: false,
  inOut: false,
  layer(index) {
    const at = `transformer.layer.${index}`;
    return {
      projections: [`${at}.attention.q_lin`, `${at}.attention.k_lin`, `${at}.attention.v_lin`],
      out: `${at}.attention.out_lin`,
      attentionNorm: `${at}.sa_layer_norm`,
      up: `${at}.ffn.lin1`,
      down: `${at}.ffn.lin2`,
      feedForwardNorm: `${at}.output_layer_norm`,
    };
  },
};

const mpnet: Layout = {
  ...embeddings,
  distances: "encoder.relative_attention_bias.weight",
  causal: false,
  inOut: false,
  layer(index) {
    const at = `encoder.layer.${index}`;
    const attention = `${at}.attention.attn`;
    return {
      projections: [`${attention}.q`, `${attention}.k`, `${attention}.v`],
      out: `${attention}.o`,
      attentionNorm: `${at}.attention.LayerNorm`,
      ...feedForward(at),
    };
  },
};

const gpt2: Layout = {
  words: "wte.weight",
  positions: "wpe.weight",
  finalNorm: "ln_f",
  causal: true,
  inOut: true,
  layer(index) {
    const at = `h.${index}`;
    return {
      projections: [`${at}.attn.c_attn`],
      out: `${at}.attn.c_proj`,
      attentionNorm: `${at}.ln_1`,
      up: `${at}.mlp.c_fc`,
      down: `${at}.mlp.c_proj`,
      feedForwardNorm: `${at}.ln_2`,
    };
  },
};

/** RoBERTa (and XLM-R) differ from BERT in where positions begin only, which the configuration says. */
export const layouts: Readonly<Record<Family, Layout>> = { bert, roberta: bert, distilbert, mpnet, gpt2 };
