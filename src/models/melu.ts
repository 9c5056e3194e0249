import { add, matmul, relu, squeeze, type Tensor } from "../tensor/index.ts";

/** A dense layer `x W + b`. `weight [in, out]`, `bias [out]`; with a leading axis where every task has its own. */
export interface Layer<T> {
  readonly [key: string]: T;
  readonly weight: T;
  readonly bias: T;
}

/** Layers by position: "0" is next to the input. */
export type Layers<T> = Readonly<Record<string, Layer<T>>>;

/** Any affine map of the last axis; a layer in whatever form adaptation left it. */
export type Affine = (x: Tensor) => Tensor;

/** What a pass through the network computed, layer by layer. */
export interface Trace {
  /** Input of each layer. `[..., n, in]` */
  readonly inputs: readonly Tensor[];
  /** Each layer's output before its activation. `[..., n, out]` */
  readonly preactivations: readonly Tensor[];
  /** `[..., n]` */
  readonly score: Tensor;
}

/**
 * Shapes of MeLU's decision layers (Lee et al. 2019, sec. 3.1): `inputs -> hidden ... -> 1`.
 *
 * @example meluShapes(256, [64, 64]); // 256 -> 64 -> 64 -> 1
 */
export function meluShapes(inputs: number, hidden: readonly number[]): Layers<readonly number[]> {
  const sizes = [inputs, ...hidden, 1];
  const layers = sizes.slice(1).map((out, i) => ({ weight: [sizes[i] as number, out], bias: [out] }));
  return Object.fromEntries(layers.map((layer, i) => [String(i), layer]));
}

/** The layer as a map of `x [..., n, in]`. */
export function affine({ weight, bias }: Layer<Tensor>): Affine {
  return (x) => add(matmul(x, weight), bias);
}

/** One pass, ReLU between the layers, none after the last (Lee et al. 2019, eq. 2-3). `x [..., n, in]` */
export function traceMelu(layers: readonly Affine[], x: Tensor): Trace {
  const inputs: Tensor[] = [];
  const preactivations: Tensor[] = [];
  let last = x;
  for (const layer of layers) {
    inputs.push(inputs.length === 0 ? x : relu(last));
    last = layer(inputs.at(-1) as Tensor);
    preactivations.push(last);
  }
  return { inputs, preactivations, score: squeeze(last, -1) };
}

/** Scores of rows that are concatenated embeddings. `[..., n, in] -> [..., n]` */
export function meluScore(layers: Layers<Tensor>, x: Tensor): Tensor {
  return traceMelu(Object.values(layers).map(affine), x).score;
}
