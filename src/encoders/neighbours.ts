import { createRng } from "../base/rng.ts";
import type { Interactions } from "../data/dataset.ts";

export interface NeighbourOptions {
  /** Neighbours that an item has at most. */
  readonly size: number;
  /** As many people who do not stray at all stand beside those whom two items share. */
  readonly shrinkage: number;
  /** Of somebody with more events so many are drawn: time grows with their square. */
  readonly events: number;
  /** Of that draw. */
  readonly seed: number;
}

/** Found on people held out from MovieLens-1M's training; all values near these do about as well. */
export const defaultNeighbourOptions: NeighbourOptions = { size: 32, shrinkage: 300, events: 500, seed: 1 };

/** Items whose values stray alike once levels and factors are taken off, such as the parts of a series. Plain data. */
export interface Neighbours {
  readonly size: number;
  /** Rows of the items that tell most of each, 0 where there are fewer. `[items, size]` */
  readonly items: Int32Array;
  /** How much of another's straying an item shares: a slope, 0 where there is no neighbour. `[items, size]` */
  readonly weights: Float32Array;
}

/**
 * The slopes of the regression of one item's residuals on another's over the people who have both,
 * `w_ij = sum_u r_ui r_uj / ((n_ij + shrinkage) s_j^2)`, the largest positive ones of each item (item kNN on what a
 * factorisation leaves: Bell and Koren 2007, sec. 4; Koren 2008, sec. 4). O(sum of the squares of people's events), one
 * item's row in memory at a time.
 *
 * @param residuals what levels and factors leave of each value. `[events]`
 */
export function fitNeighbours(
  { user, item }: Pick<Interactions, "user" | "item">,
  residuals: Float32Array,
  counts: { users: number; items: number },
  options: NeighbourOptions = defaultNeighbourOptions,
): Neighbours {
  const { size, shrinkage } = options;
  const byUser = drawnRows(user, counts.users, options);
  const byItem: number[][] = Array.from({ length: counts.items }, () => []);
  const variance = new Float64Array(counts.items);
  for (const row of byUser.flat()) {
    byItem[item[row]!]!.push(row);
    variance[item[row]!]! += residuals[row]! ** 2;
  }
  byItem.forEach((rows, i) => void (variance[i]! /= Math.max(1, rows.length)));
  const out = {
    size,
    items: new Int32Array(counts.items * size),
    weights: new Float32Array(counts.items * size),
  };
  const [products, shared] = [new Float64Array(counts.items), new Int32Array(counts.items)];
  byItem.forEach((rows, i) => {
    const met: number[] = [];
    for (const row of rows)
      for (const other of byUser[user[row]!]!) {
        const j = item[other]!;
        if (shared[j] === 0) met.push(j);
        products[j]! += residuals[row]! * residuals[other]!;
        shared[j]!++;
      }
    const slope = (j: number): number => products[j]! / ((shared[j]! + shrinkage) * variance[j]!);
    const near = met.filter((j) => j !== i && products[j]! > 0 && variance[j]! > 0);
    const best = near.map((j) => [j, slope(j)] as const).sort((a, b) => b[1] - a[1] || a[0] - b[0]);
    best.slice(0, size).forEach(([j, weight], k) => {
      out.items[i * size + k] = j;
      out.weights[i * size + k] = weight;
    });
    for (const j of met) products[j] = shared[j] = 0;
  });
  return out;
}

/** Rows of each person's events, of many of them a draw. */
function drawnRows(user: Int32Array, users: number, { events, seed }: NeighbourOptions): number[][] {
  const rows: number[][] = Array.from({ length: users }, () => []);
  user.forEach((u, row) => rows[u]!.push(row));
  const rng = createRng(seed).split("neighbours");
  return rows.map((own, u) => (own.length > events ? rng.split(u).sample(own, events) : own));
}

/** Slopes of each wanted item on each of others, 0 where they are no neighbours. `[wanted.length, others.length]` */
export function slopesBetween(
  { size, items, weights }: Neighbours,
  wanted: ArrayLike<number>,
  others: ArrayLike<number>,
): Float32Array {
  const out = new Float32Array(wanted.length * others.length);
  for (let w = 0; w < wanted.length; w++) {
    const from = wanted[w]! * size;
    const slopes = new Map(
      Array.from({ length: size }, (_, k) => [items[from + k]!, weights[from + k]!] as const).filter(
        ([, weight]) => weight > 0,
      ),
    );
    for (let o = 0; o < others.length; o++) out[w * others.length + o] = slopes.get(others[o]!) ?? 0;
  }
  return out;
}
