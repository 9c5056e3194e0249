import type { Tensor } from "../../../tensor/index.ts";
import * as t from "../../../tensor/index.ts";
import type { Prefix } from "./hooks.ts";
import { DISTANCE_BUCKETS } from "./params.ts";

/** Added to the scores of what must not be seen: its share is zero in float32, and nothing becomes infinite. */
const HIDDEN = -1e9;

/** Query, key and value of each token. `[n, length, heads * headSize]`, key and value `[n, seen, ...]` */
export interface Projected {
  readonly query: Tensor;
  readonly key: Tensor;
  readonly value: Tensor;
}

/**
 * What each token gathers from those it sees: `softmax(q k^T / sqrt(d) + bias) v`, head by head (Vaswani et al. 2017,
 * eq. 1). `-> [n, length, heads * headSize]`
 *
 * @param bias what is added to scores; broadcasts to `[n, heads, length, seen]`
 */
export function attend({ query, key, value }: Projected, headSize: number, bias: Tensor): Tensor {
  const scaled = t.mul(intoHeads(query, headSize), 1 / Math.sqrt(headSize));
  const scores = t.matmul(scaled, intoHeads(key, headSize), { transposeB: true });
  const shares = t.softmax(t.add(scores, bias));
  return outOfHeads(t.matmul(shares, intoHeads(value, headSize)));
}

/** `[n, length, heads * size] -> [n, heads, length, size]` */
function intoHeads(x: Tensor, size: number): Tensor {
  const [n, length] = x.shape as [number, number];
  return t.transpose(t.reshape(x, [n, length, -1, size]), [0, 2, 1, 3]);
}

function outOfHeads(x: Tensor): Tensor {
  const [n, , length] = x.shape as [number, number, number];
  return t.reshape(t.transpose(x, [0, 2, 1, 3]), [n, length, -1]);
}

/** Keys and values that every text of the batch sees in front of its own. `[prefix, width]` each */
export function withPrefix(own: Projected, prefix: Prefix): Projected {
  const [n] = own.key.shape as [number];
  const front = (x: Tensor): Tensor => t.expand(t.unsqueeze(x, 0), [n, ...x.shape]);
  return {
    query: own.query,
    key: t.concat([front(prefix.key), own.key], 1),
    value: t.concat([front(prefix.value), own.value], 1),
  };
}

/** The bias with that of a prefix, which everybody sees, in front. `[..., seen] -> [..., prefix + seen]` */
export function seesPrefix(bias: Tensor, { key, score = t.zeros([key.shape[0]!]) }: Prefix): Tensor {
  return t.concat([t.expand(score, [...bias.shape.slice(0, -1), key.shape[0]!]), bias], -1);
}

/** Hides padding. `mask [n, length] -> [n, 1, 1, length]` */
export function paddingBias(mask: Tensor): Tensor {
  const [n, length] = mask.shape as [number, number];
  return t.reshape(t.mul(t.sub(1, mask), HIDDEN), [n, 1, 1, length]);
}

/** Hides what comes later. `[length, length]` */
export function causalBias(length: number): Tensor {
  const cells = Float32Array.from({ length: length * length }, (_, i) =>
    i % length > Math.floor(i / length) ? HIDDEN : 0,
  );
  return t.constant(cells, [length, length]);
}

/** Learned biases by distance, one for each head. `table [buckets, heads] -> [heads, length, length]` (MPNet, as T5) */
export function distanceBias(table: Tensor, length: number): Tensor {
  const buckets = Int32Array.from({ length: length * length }, (_, i) =>
    bucketOf((i % length) - Math.floor(i / length)),
  );
  return t.transpose(t.gather(table, t.constant(buckets, [length, length], "int32")), [2, 0, 1]);
}

/** Half of the buckets for each direction: near distances one by one, then by logarithm up to 128 (Raffel et al. 2020, sec. 2.1). */
function bucketOf(distance: number): number {
  const half = DISTANCE_BUCKETS / 2;
  const [exact, far] = [half / 2, 128];
  const size = Math.abs(distance);
  const grown = exact + Math.floor((Math.log(size / exact) / Math.log(far / exact)) * (half - exact));
  return (distance > 0 ? half : 0) + (size < exact ? size : Math.min(grown, half - 1));
}
