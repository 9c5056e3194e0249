import type { Rng } from "../base/rng.ts";
import type { Links } from "./als/plan.ts";
import type { Tokens } from "./tokens.ts";

/** Vectors of features, the last number of each a bias, with what Adagrad remembers. */
export interface FeatureTable {
  /** Numbers a row, the bias included. */
  readonly width: number;
  /** `[features, width]` */
  readonly values: Float32Array;
  /** `[features]` sums of mean squared gradients. */
  readonly squares: Float32Array;
}

/** Which features everybody of one side has: tokens first, then IDs. */
export interface Bags {
  readonly tokens: Links;
  /** Feature of the first ID. */
  readonly firstId: number;
  /** Whether a row was there in training and so has an ID of its own. */
  readonly known: Uint8Array;
  readonly contentWeight: number;
}

/** Features of one row: tokens `rows[from]` to before `rows[to]` with `weight` each, and an ID (-1 for none) with 1. */
export interface Bag {
  readonly rows: Int32Array;
  readonly from: number;
  readonly to: number;
  readonly weight: number;
  readonly id: number;
}

export function createTable(features: number, embeddingSize: number, rng: Rng): FeatureTable {
  const width = embeddingSize + 1;
  const values = new Float32Array(features * width);
  for (let at = 0; at < values.length; at++)
    if (at % width < embeddingSize) values[at] = (rng.next() - 0.5) / embeddingSize;
  return { width, values, squares: new Float32Array(features).fill(1) };
}

/** @param events of each row; one without has no ID */
export function bagsOf({ ofRow, size }: Tokens, events: Links, contentWeight: number): Bags {
  const known = Uint8Array.from({ length: events.offsets.length - 1 }, (_, row) =>
    events.offsets[row + 1]! > events.offsets[row]! ? 1 : 0,
  );
  return { tokens: ofRow, firstId: size, known, contentWeight };
}

export function bagOf({ tokens, firstId, known, contentWeight }: Bags, row: number): Bag {
  const [from, to] = [tokens.offsets[row]!, tokens.offsets[row + 1]!];
  const weight = to > from ? contentWeight / (to - from) : 0;
  return { rows: tokens.others, from, to, weight, id: known[row] === 1 ? firstId + row : -1 };
}

/** into = weighted sum of the bag's rows. `[width]` */
export function bagVector(
  table: FeatureTable,
  { rows, from, to, weight, id }: Bag,
  into: Float32Array,
): void {
  into.fill(0);
  for (let at = from; at < to; at++) addRow(table, rows[at]!, weight, into);
  if (id >= 0) addRow(table, id, 1, into);
}

function addRow({ width, values }: FeatureTable, row: number, weight: number, into: Float32Array): void {
  for (let k = 0; k < width; k++) into[k]! += weight * values[row * width + k]!;
}

export interface BagStep {
  readonly learningRate: number;
  readonly weightDecay: number;
}

/** Moves the bag's rows up along the gradient of their sum (Adagrad with one rate a row, Duchi 2011). */
export function learnBag(table: FeatureTable, bag: Bag, gradient: Float32Array, step: BagStep): void {
  let square = 0;
  for (let k = 0; k < table.width; k++) square += gradient[k]! * gradient[k]!;
  square /= table.width;
  for (let at = bag.from; at < bag.to; at++)
    learnRow(table, bag.rows[at]!, gradient, { ...step, weight: bag.weight, square });
  if (bag.id >= 0) learnRow(table, bag.id, gradient, { ...step, weight: 1, square });
}

interface RowStep extends BagStep {
  readonly weight: number;
  readonly square: number;
}

function learnRow(
  { width, values, squares }: FeatureTable,
  row: number,
  gradient: Float32Array,
  { learningRate, weightDecay, weight, square }: RowStep,
): void {
  const rate = learningRate / Math.sqrt(squares[row]!);
  squares[row]! += weight * weight * square;
  const keep = 1 - rate * weightDecay;
  for (let k = 0; k < width; k++)
    values[row * width + k] = keep * values[row * width + k]! + rate * weight * gradient[k]!;
}
