import { type Layer, type Layers, layerShape } from "../../../models/layers.ts";
import type { Events, Params, Rows } from "../../../models/model.ts";
import { denseVector, encodeSet, setShapes } from "../../../models/set-encoder.ts";
import {
  add,
  concat,
  div,
  flatten,
  log,
  mapTree,
  matmul,
  mul,
  reshape,
  type Shape,
  sigmoid,
  square,
  sub,
  sum,
  type Tensor,
  unsqueeze,
} from "../../../tensor/index.ts";
import type { MethodWorld, TaskInputs } from "../method.ts";

type Widths = Pick<MethodWorld, "model" | "spec" | "config">;

/** Reads a set of events as a Gaussian over what one task is. */
export interface LatentEncoder<T> extends Params<T> {
  readonly layers: Layers<T>;
  readonly mean: Layer<T>;
  readonly spread: Layer<T>;
}

/** A Gaussian with independent coordinates: means and standard deviations. `[size]` each */
export interface Latent {
  readonly mean: Tensor;
  readonly spread: Tensor;
}

/** Latents are as wide as an embedding, dense layers as the network's. */
export function latentShapes({ spec, config }: Widths): LatentEncoder<Shape> {
  const { hidden, embeddingSize } = config;
  const widths = hidden.length > 0 ? hidden : [embeddingSize];
  const head = layerShape(widths.at(-1) ?? embeddingSize, embeddingSize);
  return { layers: setShapes(spec, widths), mean: head, spread: head };
}

/** `q(z | events)`, with standard deviations from .1 to 1 (Garnelo et al. 2018, sec. 2.4). */
export function latentOf({ layers, mean, spread }: LatentEncoder<Tensor>, events: Events): Latent {
  const said = encodeSet(layers, events);
  const deviation = add(mul(sigmoid(denseVector(spread, said)), 0.9), 0.1);
  return { mean: denseVector(mean, said), spread: deviation };
}

/** A draw in meta-training, the mean otherwise. `[size]` */
export function drawLatent({ mean, spread }: Latent, noise: MethodWorld["noise"]): Tensor {
  return add(mean, mul(spread, noise(mean.shape)));
}

/** `KL(q || p)` of two such Gaussians. A scalar, not negative. */
export function divergence(q: Latent, p: Latent): Tensor {
  const apart = add(square(q.spread), square(sub(q.mean, p.mean)));
  const each = add(log(div(p.spread, q.spread)), sub(mul(div(apart, square(p.spread)), 0.5), 0.5));
  return sum(each);
}

/** A matrix for every vector of the network, see {@link conditioned}. */
export function conditionShapes({ model, spec, config }: Widths): Params<Shape> {
  const { hidden, dropout, embeddingSize } = config;
  const network = model.shapes(spec, { hidden, dropout });
  const vectors = flatten<Shape>(network).filter(([, shape]) => isVector(shape));
  return Object.fromEntries(vectors.map(([path, shape]) => [flat(path), [embeddingSize, sizeOf(shape)]]));
}

/**
 * The network told of `z [size]`: biases, and weights of layers with one output, move by a linear map of it. For a bias
 * that is the same as having `z` beside the layer's input.
 */
export function conditioned(network: Params<Tensor>, maps: Params<Tensor>, z: Tensor): Params<Tensor> {
  return mapTree<Params<Tensor>, Tensor, Tensor>(network, (leaf, path) => {
    const by = maps[flat(path)];
    if (by === undefined) return leaf;
    return add(leaf, reshape(matmul(unsqueeze(z, 0), by as Tensor), leaf.shape));
  });
}

/** At most one axis is longer than 1. */
function isVector(shape: Shape): boolean {
  return shape.filter((n) => n > 1).length <= 1;
}

function sizeOf(shape: Shape): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** A path as one name. */
function flat(path: string): string {
  return path.replaceAll(".", "_");
}

/** Support and query of a task as one set. */
export function together({ support }: TaskInputs, query: Events): Events {
  const names = Object.keys(query) as (keyof Events)[];
  const joined = names.flatMap((name) => {
    const [a, b] = [support[name], query[name]];
    return a === undefined || b === undefined ? [] : [[name, concat([a, b], 0)] as const];
  });
  return Object.fromEntries(joined) as Rows as Events;
}
