import {
  add,
  layerNorm,
  matmul,
  mul,
  relu,
  type Shape,
  softmax,
  type Tensor,
  where,
} from "../tensor/index.ts";
import { dense, type Layer, layerShape } from "./layers.ts";
import type { Params } from "./model.ts";

interface Norm<T> {
  readonly [key: string]: T;
  readonly scale: T;
  readonly bias: T;
}

/** Self-attention, then two dense layers on each position, both added to what comes in. */
export interface Block<T> extends Params<T> {
  readonly attentionNorm: Norm<T>;
  readonly queries: Layer<T>;
  readonly keys: Layer<T>;
  readonly values: Layer<T>;
  readonly feedNorm: Norm<T>;
  readonly feed: Layer<T>;
  readonly back: Layer<T>;
}

/** @param inner width between the two dense layers */
export function blockShape(width: number, inner: number): Block<Shape> {
  const square = layerShape(width, width);
  return {
    attentionNorm: normShape(width),
    queries: square,
    keys: square,
    values: square,
    feedNorm: normShape(width),
    feed: layerShape(width, inner),
    back: layerShape(inner, width),
  };
}

export function normShape(width: number): Norm<Shape> {
  return { scale: [width], bias: [width] };
}

export function normalise({ scale, bias }: Norm<Tensor>, x: Tensor): Tensor {
  return layerNorm(x, scale, bias);
}

export interface AttentionOptions {
  /** Which positions (columns) each position (row) may look at, at least one each. bool `[n, n]` */
  readonly sees: Tensor;
  readonly drop: (hidden: Tensor) => Tensor;
}

/**
 * One block of self-attention with one head (Vaswani et al. 2017, eq. 1; as in SASRec, Kang and McAuley 2018, sec. III-B,
 * norms first). `[n, width] -> [n, width]`
 */
export function attentionBlock(block: Block<Tensor>, x: Tensor, { sees, drop }: AttentionOptions): Tensor {
  const seen = normalise(block.attentionNorm, x);
  const [queries, keys] = [dense(block.queries, seen), dense(block.keys, seen)];
  const fits = mul(matmul(queries, keys, { transposeB: true }), 1 / Math.sqrt(x.shape[1] ?? 1));
  const read = matmul(softmax(where(sees, fits, -1e9)), dense(block.values, seen));
  const attended = add(x, drop(read));
  const inner = drop(relu(dense(block.feed, normalise(block.feedNorm, attended))));
  return add(attended, dense(block.back, inner));
}
