import { factorCholesky, solveSpdInPlace } from "../base/cholesky.ts";
import { createRng } from "../base/rng.ts";
import type { Interactions } from "../data/dataset.ts";

export interface FactorOptions {
  readonly size: number;
  /** Ridge on both sides, in squared standard deviations of the residuals' unit. */
  readonly regularisation: number;
  readonly rounds: number;
  readonly seed: number;
}

export const defaultFactorOptions: FactorOptions = { size: 16, regularisation: 9, rounds: 8, seed: 1 };

/**
 * Item factors of a table of residuals by alternating least squares (Zhou et al. 2008), turned so that people's tastes
 * have unit covariance: they are the natural start of an item embedding whose prior taste is `N(0, I)`.
 *
 * @param residuals what the item's and the user's level leave of each value. `[events]`
 * @returns `[items, size]`, zero for items without events
 */
export function fitFactors(
  events: Interactions,
  residuals: Float32Array,
  counts: { users: number; items: number },
  options: FactorOptions = defaultFactorOptions,
): Float32Array {
  const rng = createRng(options.seed).split("factors");
  const items = Float64Array.from({ length: counts.items * options.size }, () => 0.1 * rng.normal());
  const users = new Float64Array(counts.users * options.size);
  const byUser = groupRows(events.user, counts.users);
  const byItem = groupRows(events.item, counts.items);
  for (let round = 0; round < options.rounds; round++) {
    solveSide(users, items, { groups: byUser, others: events.item, residuals, options });
    solveSide(items, users, { groups: byItem, others: events.user, residuals, options });
  }
  return whiten(items, users, options.size);
}

interface Side {
  /** Event rows of each key. */
  readonly groups: readonly Int32Array[];
  readonly others: Int32Array;
  readonly residuals: Float32Array;
  readonly options: Pick<FactorOptions, "size" | "regularisation">;
}

function groupRows(keys: Int32Array, size: number): Int32Array[] {
  const rows: number[][] = Array.from({ length: size }, () => []);
  keys.forEach((key, row) => rows[key]!.push(row));
  return rows.map((list) => Int32Array.from(list));
}

/** Variance of a single value around what a taste says of it, in the residuals' squared unit. */
const NOISE = 0.6;

/**
 * What factors leave of residuals once everybody's taste, whose prior is `N(0, I)`, is fitted to them. `[events]`
 *
 * @param factors `[items, size]`, as `fitFactors` turns them
 */
export function leftByFactors(
  events: Interactions,
  residuals: Float32Array,
  users: number,
  { factors, size }: { readonly factors: Float32Array; readonly size: number },
): Float32Array {
  const [tastes, items] = [new Float64Array(users * size), Float64Array.from(factors)];
  const options = { size, regularisation: NOISE };
  solveSide(tastes, items, {
    groups: groupRows(events.user, users),
    others: events.item,
    residuals,
    options,
  });
  return residuals.map((value, row) => {
    let said = 0;
    for (let k = 0; k < size; k++)
      said += tastes[events.user[row]! * size + k]! * items[events.item[row]! * size + k]!;
    return value - said;
  });
}

/** Ridge regression of each key's residuals on the other side's factors; a key without events gets zeros. */
function solveSide(
  side: Float64Array,
  other: Float64Array,
  { groups, others, residuals, options }: Side,
): void {
  const d = options.size;
  groups.forEach((rows, key) => {
    const moment = new Float64Array(d);
    if (rows.length > 0) {
      const gram = new Float64Array(d * d);
      for (let k = 0; k < d; k++) gram[k * (d + 1)] = options.regularisation;
      for (const row of rows)
        addOuter(gram, moment, { x: other, from: others[row]! * d, y: residuals[row]! });
      solveSpdInPlace(gram, moment);
    }
    side.set(moment, key * d);
  });
}

function addOuter(
  gram: Float64Array,
  moment: Float64Array,
  { x, from, y }: { x: Float64Array; from: number; y: number },
): void {
  const d = moment.length;
  for (let i = 0; i < d; i++) {
    const xi = x[from + i]!;
    moment[i]! += xi * y;
    for (let j = 0; j <= i; j++) gram[i * d + j]! += xi * x[from + j]!;
  }
}

/** With `cov(users) = L L^T`, `q . p = (L^T q) . u` where `u` has unit covariance: items become `L^T q`. */
function whiten(items: Float64Array, users: Float64Array, d: number): Float32Array {
  const people = users.length / d;
  const l = new Float64Array(d * d);
  for (let u = 0; u < people; u++)
    for (let i = 0; i < d; i++)
      for (let j = 0; j <= i; j++) l[i * d + j]! += (users[u * d + i]! * users[u * d + j]!) / people;
  for (let k = 0; k < d; k++) l[k * (d + 1)]! += 1e-9;
  factorCholesky(l, d);
  const out = new Float32Array(items.length);
  for (let row = 0; row < items.length; row += d) {
    for (let j = 0; j < d; j++) {
      let total = 0;
      for (let i = j; i < d; i++) total += l[i * d + j]! * items[row + i]!;
      out[row + j] = total;
    }
  }
  return out;
}
