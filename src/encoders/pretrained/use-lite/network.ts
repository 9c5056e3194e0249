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
  const lower = attended(params.lower, x, { base: dense(params.widen, x), bias });
  const between = t.add(lower, dense(params.lower.back, bent(params.lower, lower)));
  const upper = attended(params.upper, between, { base: between, bias });
  const pooled = t.add(poolTokens("mean", upper, mask), pooledBack(params.upper, upper, mask));
  return normalised(t.tanh(dense(params.head, pooled)));
}

/** Adds what tokens read from each other. `[n, length, in] -> [n, length, out]` */
function attended(
  layer: Layer<Tensor>,
  x: Tensor,
  { base, bias }: { readonly base: Tensor; readonly bias: Tensor },
): Tensor {
  const width = x.shape[2]!;
  const joined = dense(layer.attention, normalise(layer.attentionNorm, x));
  const [query, key, value] = t.split(joined, [width, width, width], 2) as [Tensor, Tensor, Tensor];
  return t.add(base, dense(layer.mixed, attend({ query, key, value }, width / heads, bias)));
}

/** The first of the two dense layers after attention. `[n, length, width] -> [n, length, inner]` */
function bent(layer: Layer<Tensor>, x: Tensor): Tensor {
  return t.relu(dense(layer.feed, normalise(layer.feedNorm, x)));
}

/**
 * The mean over tokens of the second one: that of the mean, for it is linear, at a sixth of the network's cost less. A
 * text without tokens has no bias either. `[n, length, width] -> [n, width]`
 */
function pooledBack(layer: Layer<Tensor>, x: Tensor, mask: Tensor): Tensor {
  const any = t.minimum(t.sum(mask, -1, true), 1);
  const { weight, bias } = layer.back;
  return t.add(t.matmul(poolTokens("mean", bent(layer, x), mask), weight), t.mul(any, bias));
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
