import { createRng, type Rng } from "../base/rng.ts";
import type { Links } from "./als/plan.ts";
import type { Workspace } from "./kernels/workspace.ts";

/**
 * Items as seen by a fold-in: score = x . item. The number after the `embeddingSize` of a vector is the item's bias, and
 * 1 in x.
 */
export interface PairModel {
  readonly embeddingSize: number;
  /** `x` and `start` are one row each, to compute in. */
  readonly space: Workspace<"items" | "x" | "start">;
}

/** How somebody is folded in. */
export interface FoldInConfig {
  /** Pairs looked at, or so many times the likes if that is more. */
  readonly foldInSteps: number;
  readonly foldInPasses: number;
  /** Falls to zero in a straight line. */
  readonly foldInRate: number;
  readonly foldInRegularisation: number;
  readonly seed: number;
}

/**
 * Finds the vector of somebody with the items fixed and leaves it in `x`: stochastic steps on -ln sigmoid(score of a
 * liked item - score of another) + regularisation / 2 |x - start|^2, the likes in turn. (The user's half of an epoch of
 * BPR, Rendle 2009, fig. 4.)
 *
 * @param negatives items that others like; only they are what somebody passed over
 * @returns takes the liked items
 */
export function pairFolder(
  { embeddingSize, space }: PairModel,
  config: FoldInConfig,
  negatives: Int32Array,
): (liked: Int32Array) => void {
  const { kernels, stride, areas } = space;
  const [x, start, items] = [areas.x.address, areas.start.address, areas.items.address];
  return (history) => {
    const liked = history.slice().sort();
    const rng = createRng(config.seed).split("fold in");
    areas.start.values[embeddingSize] = 1;
    areas.x.values.set(areas.start.values);
    if (liked.length === 0 || negatives.length <= liked.length) return;
    const steps = Math.max(config.foldInSteps, config.foldInPasses * liked.length);
    for (let step = 0; step < steps; step++) {
      const better = items + stride * liked[step % liked.length]!;
      const worse = items + stride * drawOther(negatives, liked, rng);
      const rate = config.foldInRate * (1 - step / steps);
      const pull = rate / (1 + Math.exp(kernels.margin(x, better, worse)));
      const back = rate * config.foldInRegularisation;
      kernels.blend(x, 1 - back, x, back, start);
      kernels.blend(x, 1, x, pull, better);
      kernels.blend(x, 1, x, -pull, worse);
      areas.x.values[embeddingSize] = 1;
    }
  };
}

/** Scores of items for the x at hand; those beyond the table get the lowest bias, as nothing is known of them. */
export function scoreAll({ embeddingSize, space }: PairModel, items: Int32Array): Float32Array {
  const { kernels, stride, width, areas } = space;
  const count = areas.items.values.length / width;
  const scores = new Float32Array(items.length);
  for (let at = 0; at < items.length; at++) {
    const item = items[at]!;
    scores[at] =
      item < count
        ? kernels.dot(areas.x.address, areas.items.address + item * stride)
        : lowestBias(areas.items.values, width, embeddingSize);
  }
  return scores;
}

function lowestBias(values: Float32Array, width: number, slot: number): number {
  let least = 0;
  for (let at = slot; at < values.length; at += width) least = Math.min(least, values[at]!);
  return least;
}

/** One of `from` that is not among the liked ones; after ten vain draws one that may be. */
function drawOther(from: Int32Array, liked: Int32Array, rng: Rng): number {
  let item = from[rng.int(from.length)]!;
  for (let draw = 0; draw < 10 && contains(liked, item); draw++) item = from[rng.int(from.length)]!;
  return item;
}

/** Binary search in ascending numbers. */
export function contains(sorted: Int32Array, value: number): boolean {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return sorted[low] === value;
}

/** What pairs are drawn from. */
export interface PairSource {
  /** Likes by user, ascending. */
  readonly likes: Links;
  /** `[likes]` the user of each. */
  readonly users: Int32Array;
  /** Items that anybody likes, ascending. */
  readonly negatives: Int32Array;
}

export function pairSource({
  byUser,
  byItem,
}: {
  readonly byUser: Links;
  readonly byItem: Links;
}): PairSource {
  const { offsets } = byUser;
  const [others, users] = [byUser.others.slice(), new Int32Array(byUser.others.length)];
  for (let user = 0; user + 1 < offsets.length; user++) {
    others.subarray(offsets[user], offsets[user + 1]).sort();
    users.fill(user, offsets[user], offsets[user + 1]);
  }
  const items = Int32Array.from({ length: byItem.offsets.length - 1 }, (_, item) => item);
  const negatives = items.filter((item) => byItem.offsets[item + 1]! > byItem.offsets[item]!);
  return { likes: { offsets, others }, users, negatives };
}

/** Small numbers in the first `embeddingSize` places of every row. */
export function drawRows(
  values: Float32Array,
  width: number,
  { embeddingSize, rng }: { readonly embeddingSize: number; readonly rng: Rng },
): void {
  const deviation = 0.1 / Math.sqrt(embeddingSize);
  for (let at = 0; at < values.length; at++)
    if (at % width < embeddingSize) values[at] = deviation * rng.normal();
}
