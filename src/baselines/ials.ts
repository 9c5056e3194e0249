import { solveSpdInPlace } from "../base/cholesky.ts";
import type { RunContext } from "../base/progress.ts";
import { createRng } from "../base/rng.ts";
import type { Space } from "../base/settings.ts";
import type { Dataset } from "../data/dataset.ts";
import type { Ranker } from "../data/query.ts";
import { type AlsFactors, fitAls, ridgeOf } from "./als/als.ts";
import { likeCounts, likedItems, likesOf, shareOfMost } from "./columns.ts";

export interface IalsConfig {
  readonly embeddingSize: number;
  readonly epochs: number;
  /** w0, the weight of pairs that were not observed; 1 / alpha of confidence 1 + alpha. */
  readonly unobservedWeight: number;
  /** Ridge per like, see `frequencyPower`. */
  readonly regularisation: number;
  /** nu: the ridge of a row is regularisation (likes + w0 rows of the other side)^nu. */
  readonly frequencyPower: number;
  /** Steps of conjugate gradients a row and epoch. */
  readonly solverSteps: number;
  /** Weight of the item's popularity (share of the most liked one) beside the product. */
  readonly popularity: number;
  readonly seed: number;
}

export const ialsDefaults: IalsConfig = {
  embeddingSize: 64,
  epochs: 16,
  unobservedWeight: 0.1,
  regularisation: 0.003,
  frequencyPower: 1,
  solverSteps: 3,
  popularity: 0.3,
  seed: 1,
};

export const ialsSpace: Space = {
  embeddingSize: { kind: "choice", of: [16, 32, 64, 128] },
  epochs: { kind: "integer", low: 4, high: 32, log: true },
  unobservedWeight: { kind: "number", low: 0.01, high: 1, log: true },
  regularisation: { kind: "number", low: 0.0003, high: 0.1, log: true },
  frequencyPower: { kind: "number", low: 0, high: 1 },
  popularity: { kind: "number", low: 0, high: 1 },
};

/**
 * Implicit ALS (Hu, Koren and Volinsky 2008) in the form of Rendle 2021, see `fitAls`: score_i = x . y_i + popularity
 * n_i / max n. The x of anybody, seen in training or not, is the minimiser for the history's likes with the items
 * fixed, (w0 Y^T Y + ridge I + sum_j y_j y_j^T) x = sum_j y_j, solved by Cholesky.
 *
 * @throws DATA when there is no like, CANCELLED
 * @example const ranker = await fitIals(train, { ...ialsDefaults, embeddingSize: 128 });
 */
export async function fitIals(
  train: Dataset,
  config: IalsConfig = ialsDefaults,
  context?: RunContext & { readonly threads?: number },
): Promise<Ranker> {
  const { byUser, byItem } = likesOf(train);
  const factors = await fitAls(byUser, byItem, {
    ...config,
    rng: createRng(config.seed).split("ials"),
    ...(context === undefined ? {} : { context }),
    threads: context?.threads ?? 1,
  });
  const fold = foldIn(factors, config);
  const popular = shareOfMost(likeCounts(train));
  const { liked } = train.scale;
  return {
    name: "ials",
    async score({ history }, items) {
      const x = fold(likedItems(history, liked, popular.length));
      return Float32Array.from(items, (i) =>
        i < popular.length ? dotRow(factors, i, x) + config.popularity * popular[i]! : 0,
      );
    },
  };
}

/** `liked item rows -> x [width]` */
function foldIn({ width, items }: AlsFactors, config: IalsConfig): (liked: Int32Array) => Float64Array {
  const gram = gramOf(items, width, config.unobservedWeight);
  const others = items.length / width;
  return (liked) => {
    const [a, x] = [gram.slice(), new Float64Array(width)];
    if (liked.length === 0) return x;
    const ridge = ridgeOf(liked.length, { ...config, others });
    for (let k = 0; k < width; k++) a[k * (width + 1)]! += ridge;
    for (const item of liked) addOuter(a, x, items.subarray(item * width, (item + 1) * width));
    solveSpdInPlace(a, x);
    return x;
  };
}

/** w0 Y^T Y, the lower triangle. */
function gramOf(items: Float32Array, width: number, weight: number): Float64Array {
  const gram = new Float64Array(width * width);
  const unused = new Float64Array(width);
  for (let at = 0; at < items.length; at += width) addOuter(gram, unused, items.subarray(at, at + width));
  return gram.map((sum) => weight * sum);
}

/** a += y y^T (lower triangle), x += y. */
function addOuter(a: Float64Array, x: Float64Array, y: Float32Array): void {
  const n = y.length;
  for (let i = 0; i < n; i++) {
    const yi = y[i]!;
    x[i]! += yi;
    for (let j = 0; j <= i; j++) a[i * n + j]! += yi * y[j]!;
  }
}

function dotRow({ width, items }: AlsFactors, row: number, x: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < width; k++) sum += items[row * width + k]! * x[k]!;
  return sum;
}
