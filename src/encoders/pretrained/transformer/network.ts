import { check } from "../../../base/errors.ts";
import type { Tensor } from "../../../tensor/index.ts";
import * as t from "../../../tensor/index.ts";
import {
  attend,
  causalBias,
  distanceBias,
  type Projected,
  paddingBias,
  seesPrefix,
  withPrefix,
} from "./attention.ts";
import { type Activation, longestText, type TransformerConfig } from "./config.ts";
import type { Hooks, Sublayer } from "./hooks.ts";
import { type LayerLayout, type Layout, layouts } from "./layout.ts";
import { leafAt, type Params } from "./params.ts";
import { normalised, poolTokens } from "./pooling.ts";

/** Texts as numbers of tokens, padded at the end to one length. */
export interface Tokens {
  /** int32 `[n, length]`, any number of the vocabulary where nothing is. */
  readonly ids: Tensor;
  /** float32 `[n, length]`: 1 where there is a token, 0 for padding. */
  readonly mask: Tensor;
}

/**
 * Vectors of texts: tokens through the network, pooled, through the dense maps if any, to length one if the
 * configuration says so. Differentiable in every parameter. `-> [n, encodedWidth(config)]`
 *
 * @param params as {@link paramShapes} says; more may be there
 * @throws SHAPE when texts are longer than the network's positions; ARTEFACT when a weight is missing
 * @example
 * const tokens = { ids: input("ids", [8, 32], "int32"), mask: input("mask", [8, 32]) };
 * const vectors = encodeTokens(config, params, tokens);
 * const gradients = grad(lossOf(vectors), params);
 */
export function encodeTokens(
  config: TransformerConfig,
  params: Params,
  tokens: Tokens,
  hooks: Hooks = {},
): Tensor {
  const states = hiddenStates(config, params, tokens, hooks);
  return encodeStates(config, params, states.at(-1)!, tokens.mask);
}

/** The end of {@link encodeTokens}: what becomes of the last layer's vectors. `[n, length, width] -> [n, encodedWidth]` */
export function encodeStates(config: TransformerConfig, params: Params, last: Tensor, mask: Tensor): Tensor {
  const pooled = poolTokens(config.pooling, last, mask);
  const mapped = (config.dense ?? []).reduce(
    (x, { path, activation }) => activations[activation](plainLinear(params, path, false, x)),
    pooled,
  );
  return config.normalise ? normalised(mapped) : mapped;
}

/**
 * Vectors of all tokens: of the embeddings, then after every layer, `layers + 1` in all (of a network with a norm at its
 * end the last one is normed). `-> [n, length, width]` each
 *
 * (Devlin et al. 2019, sec. 3; for GPT-2 Radford et al. 2019, sec. 2.3)
 */
export function hiddenStates(
  config: TransformerConfig,
  params: Params,
  tokens: Tokens,
  hooks: Hooks = {},
): Tensor[] {
  const layout = layouts[config.family];
  const network: Network = { config, params, hooks, layout, bias: biasOf(config, params, tokens.mask) };
  const states = [embed(network, tokens.ids)];
  for (let index = 0; index < config.layers; index++) {
    const run = (x: Tensor): Tensor => layer(network, index, x);
    states.push(hooks.layer === undefined ? run(states[index]!) : hooks.layer(index, run, states[index]!));
  }
  if (layout.finalNorm !== undefined) states.push(norm(network, layout.finalNorm, states.pop()!));
  return states;
}

/** All that the parts of one network share. */
interface Network {
  readonly config: TransformerConfig;
  readonly params: Params;
  readonly hooks: Hooks;
  readonly layout: Layout;
  /** What is added to scores of attention. */
  readonly bias: Tensor;
}

const activations: Readonly<Record<Activation, (x: Tensor) => Tensor>> = {
  gelu: t.gelu,
  geluTanh: t.geluTanh,
  relu: t.relu,
  tanh: t.tanh,
  identity: (x) => x,
};

function biasOf({ family }: TransformerConfig, params: Params, mask: Tensor): Tensor {
  const length = mask.shape[1]!;
  const { causal, distances } = layouts[family];
  const padding = paddingBias(mask);
  if (causal) return t.add(padding, causalBias(length));
  return distances === undefined ? padding : t.add(padding, distanceBias(leafAt(params, distances), length));
}

/** Word, place and type of each token, added up. `int32 [n, length] -> [n, length, width]` */
function embed(network: Network, ids: Tensor): Tensor {
  const { config, params, layout } = network;
  const length = ids.shape[1]!;
  check(length <= longestText(config), "SHAPE", () => {
    const expected = `texts of at most ${longestText(config)} tokens`;
    return { where: "transformer", expected, got: `${length}` };
  });
  const first = config.firstPosition;
  const places = t.slice(leafAt(params, layout.positions), 0, first, first + length);
  const words = t.add(t.gather(leafAt(params, layout.words), ids), places);
  const typed =
    layout.types === undefined || config.types === 0
      ? words
      : t.add(words, t.slice(leafAt(params, layout.types), 0, 0, 1));
  return layout.embeddingNorm === undefined ? typed : norm(network, layout.embeddingNorm, typed);
}

/** Attention, then two linear maps with a bend between them; a norm after each sum, or before each sublayer. */
function layer(network: Network, index: number, x: Tensor): Tensor {
  const paths = network.layout.layer(index);
  const attended = sublayer(network, paths.attentionNorm, x, (at) =>
    changed(network, index, "attention", selfAttention(network, index, at)),
  );
  return sublayer(network, paths.feedForwardNorm, attended, (at) =>
    changed(network, index, "feedForward", feedForward(network, paths, at)),
  );
}

function sublayer(network: Network, path: string, x: Tensor, f: (x: Tensor) => Tensor): Tensor {
  const normFirst = network.layout.finalNorm !== undefined;
  return normFirst ? t.add(x, f(norm(network, path, x))) : norm(network, path, t.add(x, f(x)));
}

function changed({ hooks }: Network, index: number, which: Sublayer, x: Tensor): Tensor {
  return hooks.after === undefined ? x : hooks.after(index, which, x);
}

function selfAttention(network: Network, index: number, x: Tensor): Tensor {
  const { config, hooks, layout, bias } = network;
  const { projections, out } = layout.layer(index);
  const own = projected(projections.map((path) => linear(network, path, x)));
  const prefix = hooks.prefix?.(index);
  const headSize = config.width / config.heads;
  const found =
    prefix === undefined
      ? attend(own, headSize, bias)
      : attend(withPrefix(own, prefix), headSize, seesPrefix(bias, prefix));
  return linear(network, out, found);
}

function projected(made: readonly Tensor[]): Projected {
  const third = made[0]!.shape.at(-1)! / 3;
  const [query, key, value] = made.length === 3 ? made : t.split(made[0]!, [third, third, third], -1);
  return { query: query!, key: key!, value: value! };
}

function feedForward(network: Network, { up, down }: LayerLayout, x: Tensor): Tensor {
  const hidden = activations[network.config.activation](linear(network, up, x));
  return linear(network, down, hidden);
}

/** Every linear map of the layers goes through here. */
function linear({ params, hooks, layout }: Network, path: string, x: Tensor): Tensor {
  const plain = (at: Tensor): Tensor => plainLinear(params, path, layout.inOut, at);
  return hooks.linear === undefined ? plain(x) : hooks.linear(path, x, plain);
}

function plainLinear(params: Params, path: string, inOut: boolean, x: Tensor): Tensor {
  const weight = leafAt(params, `${path}.weight`);
  return t.add(t.matmul(x, weight, { transposeB: !inOut }), leafAt(params, `${path}.bias`));
}

function norm({ config, params }: Network, path: string, x: Tensor): Tensor {
  const { epsilon } = config;
  return t.layerNorm(x, leafAt(params, `${path}.weight`), leafAt(params, `${path}.bias`), { epsilon });
}
