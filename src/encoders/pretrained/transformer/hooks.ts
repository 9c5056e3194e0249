import type { Tensor } from "../../../tensor/index.ts";

/** What a layer adds to its input: what attention found, then what the feed-forward network makes of it. */
export type Sublayer = "attention" | "feedForward";

/** What all tokens of a layer see in front of a text (Li and Liang 2021). `[prefix, width]` each */
export interface Prefix {
  readonly key: Tensor;
  readonly value: Tensor;
  /** Added to the scores of the keys: low ones are hardly seen. `[prefix]`, zero unless given */
  readonly score?: Tensor;
}

/**
 * Where others reach into the network without a copy of it. All are pure functions of tensors; parameters of their own
 * (LoRA's factors, a prefix, adapters) are read from the closure. Absent ones change nothing.
 *
 * @example LoRA on queries and values (Hu et al. 2022, eq. 3)
 * const lora: Hooks = {
 *   linear: (path, x, plain) => path in factors ? add(plain(x), matmul(matmul(x, factors[path].a), factors[path].b)) : plain(x),
 * };
 * encodeTokens(config, params, tokens, lora);
 */
export interface Hooks {
  /**
   * In the place of every linear map: `plain` is the map with the checkpoint's weight and bias, which lie in the
   * parameters under `path`. `x [..., from] -> [..., to]`; `linearMaps(config)` lists paths and sizes.
   */
  linear?(path: string, x: Tensor, plain: (x: Tensor) => Tensor): Tensor;
  /** Keys and values that all tokens of a layer see besides their own. */
  prefix?(layer: number): Prefix | undefined;
  /** What a sublayer's output becomes before it is added to its input: adapters (Houlsby et al. 2019), dropout. `[n, length, width]` */
  after?(layer: number, sublayer: Sublayer, x: Tensor): Tensor;
  /** Around a whole layer: `checkpoint(run)(x)` keeps less for the backward pass, `stopGradient(run(x))` freezes. */
  layer?(layer: number, run: (x: Tensor) => Tensor, x: Tensor): Tensor;
}
