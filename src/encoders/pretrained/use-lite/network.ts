import type { Tensor } from "../../../tensor/index.ts";
import * as t from "../../../tensor/index.ts";
import { attend, paddingBias } from "../transformer/attention.ts";
import type { Tokens } from "../transformer/network.ts";
import { normalised, poolTokens } from "../transformer/pooling.ts";

/** A dense layer `x weight + bias`. `[in, out]`, `[out]` */
export type Dense<T> = { readonly weight: T; readonly bias: T };

/** Scale and bias of a layer norm. `[width]` each */
export type Norm<T> = { readonly scale: T; readonly bias: T };

/** A transformer layer, norms first. */
export type Layer<T> = {
  readonly attentionNorm: Norm<T>;
  /** Queries, keys and values side by side. `[in, 3 * in]` */
  readonly attention: Dense<T>;
  readonly mixed: Dense<T>;
  readonly feedNorm: Norm<T>;
  readonly feed: Dense<T>;
  readonly back: Dense<T>;
};

/**
 * Parameters of Universal Sentence Encoder lite (Cer et al. 2018, the transformer encoder, in its small form): two layers
 * with four heads, 256 wide below and 512 above.
 */
export type UseLiteParams<T> = {
  /** `[tokens, 256]` */
  readonly embeddings: T;
  readonly lower: Layer<T>;
  /** Widens what the lower layer adds to. `[256, 512]` */
  readonly widen: Dense<T>;
  readonly upper: Layer<T>;
  readonly head: Dense<T>;
};

const heads = 4;

/**
 * Texts to vectors of length one: two transformer layers, the mean over tokens, a tanh layer. Differentiable in every
 * parameter. A text without tokens is the vector that the last layer's bias makes.
 *
 * @returns `[n, 512]`
 */
export function encodeUseLite(params: UseLiteParams<Tensor>, { ids, mask }: Tokens): Tensor {
  const embedded = t.gather(params.embeddings, ids);
  const [, length, width] = embedded.shape as [number, number, number];
  const bias = paddingBias(mask);
  const x = t.add(t.mul(embedded, 2), timing(length, width));
  const lower = transformerLayer(params.lower, x, { base: dense(params.widen, x), bias });
  const upper = transformerLayer(params.upper, lower, { base: lower, bias });
  return normalised(t.tanh(dense(params.head, poolTokens("mean", upper, mask))));
}

/** Attention, then two dense layers; each adds to what is there. `[n, length, in] -> [n, length, out]` */
function transformerLayer(
  layer: Layer<Tensor>,
  x: Tensor,
  { base, bias }: { readonly base: Tensor; readonly bias: Tensor },
): Tensor {
  const width = x.shape[2]!;
  const joined = dense(layer.attention, normalise(layer.attentionNorm, x));
  const [query, key, value] = t.split(joined, [width, width, width], 2) as [Tensor, Tensor, Tensor];
  const read = attend({ query, key, value }, width / heads, bias);
  const attended = t.add(base, dense(layer.mixed, read));
  const inner = t.relu(dense(layer.feed, normalise(layer.feedNorm, attended)));
  return t.add(attended, dense(layer.back, inner));
}

/** Sines, then cosines, of positions at frequencies from 1 to 1e-4 (Vaswani et al. 2017, section 3.5). `[length, width]` */
function timing(length: number, width: number): Tensor {
  const half = width / 2;
  const cells = Float32Array.from({ length: length * width }, (_, i) => {
    const frequency = Math.exp((-Math.log(1e4) * (i % half)) / (half - 1));
    const angle = Math.floor(i / width) * frequency;
    return i % width < half ? Math.sin(angle) : Math.cos(angle);
  });
  return t.constant(cells, [length, width]);
}

function dense({ weight, bias }: Dense<Tensor>, x: Tensor): Tensor {
  return t.add(t.matmul(x, weight), bias);
}

function normalise({ scale, bias }: Norm<Tensor>, x: Tensor): Tensor {
  return t.layerNorm(x, scale, bias, { epsilon: 1e-6 });
}
