import { invertSpd, solveSpdInPlace } from "../base/cholesky.ts";
import { inner, product, times } from "../base/matrix.ts";
import type { Interactions } from "../data/dataset.ts";
import type { Presence } from "./presence.ts";

/** Who knows what: how many people know each item, and how people differ in it. Plain data. */
export interface Familiarity {
  /** Share of the people of training who have an event of the item. `[items]` */
  readonly share: Float32Array;
  /** Covariance of what makes people know more or fewer items: of any kind, then of each kind. `[size + 1, size + 1]` */
  readonly covariance: Float32Array;
}

/** What is known of somebody: items that they know, and items that they do not. */
export interface Acquaintance {
  readonly known: ArrayLike<number>;
  readonly unknown: ArrayLike<number>;
}

/** Nothing is known by everybody for sure, nor by nobody. */
const MOST = 0.9;
const LEAST = 0.05;
const ROUNDS = 20;

/**
 * Somebody knows item `i` with probability `b_i (1 + z . f_i)`, `f_i` being one and then the item's presence, and
 * `z ~ N(0, V)`: a linear model with the noise of a coin, `b_i (1 - b_i)`, whose `V` is found by expectation maximisation
 * (Dempster et al. 1977; the posterior covariance is the same for all people, so a round costs one inverse).
 *
 * @example chancesToKnow(fitFamiliarity(interactions, counts, presence), presence, { known: [3], unknown: [] });
 */
export function fitFamiliarity(
  { user, item }: Pick<Interactions, "user" | "item">,
  counts: { users: number; items: number },
  presence: Presence,
): Familiarity {
  const d = presence.size + 1;
  const people = itemsByPerson(user, item);
  const share = new Float32Array(counts.items);
  for (const items of people) for (const i of items) share[i]! += 1 / people.length;
  for (let i = 0; i < share.length; i++) share[i] = Math.min(MOST, share[i]!);
  const feature = featureOf(presence);
  const precision = new Float64Array(d * d);
  const expected = new Float64Array(d);
  share.forEach((b, i) => {
    if (b === 0) return;
    const f = feature(i);
    addScaled(expected, f, b / (1 - b));
    addOuter(precision, f, b / (1 - b));
  });
  const scatter = new Float64Array(d * d);
  for (const items of people) {
    const moment = expected.map((x) => -x);
    for (const i of items) addScaled(moment, feature(i), 1 / (1 - share[i]!));
    addOuter(scatter, moment, 1 / people.length);
  }
  return {
    share,
    covariance: Float32Array.from(people.length === 0 ? scatter : spreadOf(precision, scatter)),
  };
}

/** Distinct items of each person who has events. */
function itemsByPerson(user: Int32Array, item: Int32Array): readonly ReadonlySet<number>[] {
  const found = new Map<number, Set<number>>();
  user.forEach((u, e) => {
    const items = found.get(u) ?? new Set();
    found.set(u, items.add(item[e]!));
  });
  return [...found.values()];
}

/** `V <- S C S + S`, `S = (V^-1 + G)^-1`, `C` the mean outer product of the moments. */
function spreadOf(precision: Float64Array, scatter: Float64Array): Float64Array {
  const d = Math.sqrt(precision.length);
  let v = Float64Array.from(precision, (_, at) => Number(at % (d + 1) === 0));
  for (let round = 0; round < ROUNDS; round++) {
    const inverse = invertSpd(v, d);
    const s = invertSpd(
      inverse.map((x, at) => x + precision[at]!),
      d,
    );
    const moved = product(product(s, scatter, d), s, d);
    v = s.map((x, at) => x + moved[at]! + Number(at % (d + 1) === 0) * 1e-9);
  }
  return v;
}

/**
 * Chance that somebody knows each item, from what is known of them. O(n^3 + n^2 size + items size) for `n` items known or
 * unknown. `[items]`
 */
export function chancesToKnow(
  { share, covariance }: Familiarity,
  presence: Presence,
  { known, unknown }: Acquaintance,
): Float64Array {
  const d = presence.size + 1;
  const feature = featureOf(presence);
  const told = [
    ...Array.from(known, (item) => ({ item, y: 1 })),
    ...Array.from(unknown, (item) => ({ item, y: 0 })),
  ].filter(({ item }) => share[item]! > 0);
  const n = told.length;
  const features = told.map(({ item }) => feature(item));
  const spread = features.map((f) => times(covariance, f));
  const gram = new Float64Array(n * n);
  const surprise = Float64Array.from(told, ({ item, y }) => (y - share[item]!) / share[item]!);
  for (let a = 0; a < n; a++) {
    for (let b = 0; b <= a; b++) gram[a * n + b] = inner(spread[a]!, features[b]!);
    const b = share[told[a]!.item]!;
    gram[a * (n + 1)]! += (1 - b) / b;
  }
  solveSpdInPlace(gram, surprise);
  const z = new Float64Array(d);
  for (const [a, row] of spread.entries()) addScaled(z, row, surprise[a]!);
  return Float64Array.from(share, (b, i) =>
    b === 0 ? 0 : Math.min(1, b * Math.max(LEAST, 1 + inner(z, feature(i)))),
  );
}

/** One, then the item's presence. */
function featureOf({ rows, size }: Presence): (item: number) => Float64Array {
  const made = new Map<number, Float64Array>();
  return (item) => {
    const found = made.get(item);
    if (found !== undefined) return found;
    const out = new Float64Array(size + 1).fill(1);
    out.set(rows.subarray(item * size, (item + 1) * size), 1);
    made.set(item, out);
    return out;
  };
}

function addScaled(to: Float64Array, x: ArrayLike<number>, by: number): void {
  for (let i = 0; i < to.length; i++) to[i]! += by * x[i]!;
}

function addOuter(to: Float64Array, x: Float64Array, by: number): void {
  const d = x.length;
  for (let i = 0; i < d; i++) for (let j = 0; j < d; j++) to[i * d + j]! += by * x[i]! * x[j]!;
}
