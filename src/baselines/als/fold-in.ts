import { createWorkspace } from "../kernels/workspace.ts";
import { type AlsFactors, type RidgeOptions, ridgeOf } from "./als.ts";
import { rowImprover } from "./improve.ts";

/** Somebody's vector, and what it makes of items. */
export interface FoldedIn {
  /** Products with the given items, 0 for those that came after training. */
  scores(items: Int32Array): Float32Array;
  /** The vector itself. `[width]` */
  vector(): Float32Array;
}

/** More steps than a vector has numbers are only needed where float32 ran out. */
const STEPS = 100;

/**
 * Solves for the x of somebody with the items fixed, (w0 Y^T Y + ridge I + sum_j y_j y_j^T) x = sum_j y_j, by the steps of
 * training until nothing is left to improve. One person at a time: the next one takes the place of the last.
 *
 * @returns takes the rows of the liked items
 */
export function alsFoldIn(
  { width, items }: AlsFactors,
  options: Pick<RidgeOptions, "regularisation" | "frequencyPower" | "unobservedWeight">,
): (liked: Int32Array) => FoldedIn {
  const count = items.length / width;
  const rows = {
    items: 4 * Math.ceil(count / 4),
    gram: width,
    x: 1,
    scratch: 3,
    liked: Math.ceil(count / width) + 1,
  };
  const { kernels, areas, stride } = createWorkspace(width, rows);
  areas.items.values.set(items);
  kernels.addGram(areas.gram.address, areas.items.address, areas.items.address + rows.items * stride);
  areas.gram.values.forEach((sum, at) => {
    areas.gram.values[at] = options.unobservedWeight * sum;
  });
  const { address: at } = areas.liked;
  const list = new Int32Array(areas.liked.values.buffer, at, count);
  const improve = rowImprover(kernels, width, {
    gram: areas.gram.address,
    scratch: areas.scratch.address,
    table: areas.items.address,
  });
  const x = areas.x.address;
  return (liked) => {
    const own = [...new Set(liked)];
    list.set(own);
    areas.x.values.fill(0);
    const ridge = ridgeOf(own.length, { ...options, others: count });
    if (own.length > 0) improve(x, { at, end: at + 4 * own.length, ridge, steps: STEPS });
    const score = (item: number): number =>
      item < count ? kernels.dot(x, areas.items.address + item * stride) : 0;
    return {
      scores: (asked) => Float32Array.from(asked, score),
      vector: () => areas.x.values.slice(0, width),
    };
  };
}
