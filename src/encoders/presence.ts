import { factorCholesky } from "../base/cholesky.ts";
import { createRng } from "../base/rng.ts";
import type { Interactions } from "../data/dataset.ts";

export interface PresenceOptions {
  /** At most this long; the number of items or people where that is smaller. */
  readonly size: number;
  readonly rounds: number;
  readonly seed: number;
}

export const defaultPresenceOptions: PresenceOptions = { size: 64, rounds: 10, seed: 1 };

/** Which items go together, whatever value they were given. Plain data. */
export interface Presence {
  readonly size: number;
  /** Rows of length `sqrt(size)`, zero for items without events. `[items, size]` */
  readonly rows: Float32Array;
}

/**
 * The leading right singular space of who-rated-what, `B_ui = 1 / (n_u^(1/2) n_i^(1/4))`, by subspace iteration (Halko et
 * al. 2011, sec. 4.5), every row scaled to one length: what somebody chose speaks of their taste beside the values they
 * gave (Koren 2008, sec. 3).
 */
export function fitPresence(
  { user, item }: Interactions,
  counts: { users: number; items: number },
  options: PresenceOptions = defaultPresenceOptions,
): Presence {
  const size = Math.min(options.size, counts.items, counts.users);
  const rng = createRng(options.seed).split("presence");
  const weights = eventWeights({ user, item }, counts);
  let basis = Float64Array.from({ length: counts.items * size }, () => rng.normal());
  for (let round = 0; round < options.rounds; round++) {
    const people = new Float64Array(counts.users * size);
    weights.forEach((w, e) =>
      addScaled(people, user[e]! * size, { from: basis, at: item[e]! * size, w, size }),
    );
    basis = new Float64Array(counts.items * size);
    weights.forEach((w, e) =>
      addScaled(basis, item[e]! * size, { from: people, at: user[e]! * size, w, size }),
    );
    orthonormalise(basis, size);
  }
  return { size, rows: scaledRows(basis, size) };
}

function eventWeights(
  { user, item }: Pick<Interactions, "user" | "item">,
  counts: { users: number; items: number },
): Float64Array {
  const [ofUser, ofItem] = [new Int32Array(counts.users), new Int32Array(counts.items)];
  user.forEach((u, e) => {
    ofUser[u]!++;
    ofItem[item[e]!]!++;
  });
  return Float64Array.from(user, (u, e) => 1 / (Math.sqrt(ofUser[u]!) * ofItem[item[e]!]! ** 0.25));
}

interface Scaled {
  readonly from: Float64Array;
  readonly at: number;
  readonly w: number;
  readonly size: number;
}

function addScaled(to: Float64Array, start: number, { from, at, w, size }: Scaled): void {
  for (let j = 0; j < size; j++) to[start + j]! += w * from[at + j]!;
}

/** `X -> X L^-T` with `L L^T = X^T X`, so that the columns are orthonormal. */
function orthonormalise(x: Float64Array, size: number): void {
  const l = new Float64Array(size * size);
  for (let row = 0; row < x.length; row += size) {
    for (let i = 0; i < size; i++) for (let j = 0; j <= i; j++) l[i * size + j]! += x[row + i]! * x[row + j]!;
  }
  // Fewer independent rows than columns: the columns that are left over become nothing.
  const trace = l.reduce((sum, v, k) => sum + (k % (size + 1) === 0 ? v : 0), 0);
  for (let i = 0; i < size; i++) l[i * (size + 1)]! += 1e-10 * trace + 1e-300;
  factorCholesky(l, size);
  for (let row = 0; row < x.length; row += size) {
    for (let i = 0; i < size; i++) {
      let value = x[row + i]!;
      for (let j = 0; j < i; j++) value -= l[i * size + j]! * x[row + j]!;
      x[row + i] = value / l[i * (size + 1)]!;
    }
  }
}

function scaledRows(basis: Float64Array, size: number): Float32Array {
  const rows = new Float32Array(basis.length);
  for (let at = 0; at < basis.length; at += size) {
    const row = basis.subarray(at, at + size);
    const length = Math.sqrt(row.reduce((sum, v) => sum + v * v, 0));
    if (length > 0)
      rows.set(
        row.map((v) => (v / length) * Math.sqrt(size)),
        at,
      );
  }
  return rows;
}
