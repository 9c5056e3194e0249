import { add, matmul, relu, squeeze, type Tensor } from "../tensor/index.ts";

/** A dense layer `x W + b`. `weight [in, out]`, `bias [out]` */
export interface Layer<T> {
  readonly [key: string]: T;
  readonly weight: T;
  readonly bias: T;
}

/** Layers by position: "0" is next to the input. */
export type Layers<T> = Readonly<Record<string, Layer<T>>>;

/** What a pass through the network computed, by layer. */
export interface Trace {
  /** Input of each layer. `[..., n, in]` */
  readonly inputs: Readonly<Record<string, Tensor>>;
  /** Each layer's output before its activation. `[..., n, out]` */
  readonly preactivations: Readonly<Record<string, Tensor>>;
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

/** One pass, ReLU between the layers, none after the last (Lee et al. 2019, eq. 2-3). `x [..., n, in]` */
export function traceMelu(layers: Layers<Tensor>, x: Tensor): Trace {
  const inputs: Record<string, Tensor> = {};
  const preactivations: Record<string, Tensor> = {};
  let last: Tensor | undefined;
  for (const [name, { weight, bias }] of Object.entries(layers)) {
    const input = last === undefined ? x : relu(last);
    last = add(matmul(input, weight), bias);
    inputs[name] = input;
    preactivations[name] = last;
  }
  return { inputs, preactivations, score: squeeze(last ?? x, -1) };
}

/** Scores of rows that are concatenated embeddings. `[..., n, in] -> [..., n]` */
export function meluScore(layers: Layers<Tensor>, x: Tensor): Tensor {
  return traceMelu(layers, x).score;
}
