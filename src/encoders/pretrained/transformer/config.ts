/** Networks of the BERT and GPT families whose checkpoints are read; `layout.ts` says where their weights lie. */
export type Family = "bert" | "roberta" | "distilbert" | "mpnet" | "gpt2";

/** How the vectors of a text's tokens become one. */
export type Pooling = "mean" | "cls" | "max" | "last" | "meanSqrt" | "weighted";

export type Activation = "gelu" | "geluTanh" | "relu" | "tanh" | "identity";

/** A transformer that encodes texts, as data: with parameters it is a function of tokens. */
export interface TransformerConfig {
  readonly family: Family;
  readonly layers: number;
  readonly heads: number;
  /** Of a token's vector. */
  readonly width: number;
  /** Of the hidden layer between two attentions. */
  readonly inner: number;
  /** Rows of the tables of words, of positions, of token types (0 where there is none). */
  readonly vocabulary: number;
  readonly positions: number;
  readonly types: number;
  /** The row of the first token's position: RoBERTa keeps the rows before it for padding. */
  readonly firstPosition: number;
  readonly activation: Activation;
  /** What layer norms add to a variance. */
  readonly epsilon: number;
  readonly pooling: Pooling;
  /** Whether a text's vector is brought to length one. */
  readonly normalise: boolean;
  /** What pruning left of each layer; `heads` above still says how wide one head is. All of it unless given. */
  readonly sizes?: readonly LayerSize[];
  /** Linear maps after pooling (sentence-transformers' `Dense`), by path. */
  readonly dense?: readonly DenseConfig[];
}

/** A linear map of the pooled vector, and what follows it. `[n, from] -> [n, to]` */
export interface DenseConfig {
  /** Path of its `weight` and `bias`, such as "2_Dense.linear". */
  readonly path: string;
  readonly from: number;
  readonly to: number;
  readonly activation: Activation;
}

/** How many heads a layer has, and numbers in its hidden layer. */
export interface LayerSize {
  readonly heads: number;
  readonly inner: number;
}

/** The size of one layer. */
export function layerSize({ heads, inner, sizes }: TransformerConfig, layer: number): LayerSize {
  return sizes?.[layer] ?? { heads, inner };
}

/** Width of what `encodeTokens` returns. */
export function encodedWidth({ width, dense = [] }: TransformerConfig): number {
  return dense.at(-1)?.to ?? width;
}

/** Most tokens of one text, special ones included. */
export function longestText({ positions, firstPosition }: TransformerConfig): number {
  return positions - firstPosition;
}
