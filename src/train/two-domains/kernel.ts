import { partnersOf } from "../../baselines/tokens.ts";
import { invertLarge } from "../../tensor/dense.ts";
import type { Side } from "./domains.ts";
import { type SideFactors, vectorsOf } from "./factors.ts";

export interface KernelConfig {
  /** Weight of the cosine of vectors beside the items in common. */
  readonly vectorWeight: number;
  /** Added to all: everybody has something in common. */
  readonly offset: number;
  readonly ridge: number;
}

/** How much each teacher says of somebody who likes these items of the source. `[teachers]` */
export type Teaching = (liked: Int32Array) => Float32Array;

/**
 * Kernel ridge regression from the source (Saunders et al. 1998): `a = k (K + ridge (1 + g) I)^-1`, so that `a Y` predicts
 * whatever is known of the teachers, `Y`. The kernel of two people is `sum over items in common n_i^-1/2`, divided by its
 * mean over teachers with themselves, plus `g` times the cosine of their vectors, plus an offset. Memory is about five
 * times `4 teachers^2` bytes.
 *
 * @param people the teachers: rows of people who like something on both sides
 * @throws NUMERIC when the ridge is too small
 */
export async function teachersOf(
  {
    side,
    factors,
    people,
  }: { readonly side: Side; readonly factors: SideFactors; readonly people: Int32Array },
  config: KernelConfig,
  threads = 1,
): Promise<Teaching> {
  const count = people.length;
  const kernel = kernelOf(side, factors, people, config);
  const matrix = new Float32Array(count * count);
  people.forEach((user, at) => {
    matrix.set(kernel(partnersOf(side.byUser, user)), at * count);
    matrix[at * (count + 1)]! += config.ridge * (1 + config.vectorWeight);
  });
  const inverse = await invertLarge(matrix, count, { threads });
  return (liked) => multiplyRow(kernel(liked), inverse, count);
}

function kernelOf(
  side: Side,
  factors: SideFactors,
  people: Int32Array,
  { vectorWeight, offset }: KernelConfig,
): Teaching {
  const { width } = factors;
  const weight = inverseRoots(side);
  const fans = fansOf(side, people);
  const own = (user: number): number =>
    partnersOf(side.byUser, user).reduce((total, item) => total + weight[item]!, 0);
  const scale = people.reduce((total, user) => total + own(user), 0) / people.length;
  const vectors = vectorsOf(factors, side, people);
  people.forEach((_, at) => void normalise(vectors.subarray(at * width, (at + 1) * width)));
  return (liked) => {
    const vector = normalise(factors.vectorOf(liked));
    const out = new Float32Array(people.length).fill(offset);
    for (const item of liked) for (const at of fans[item]!) out[at]! += weight[item]! / scale;
    for (let at = 0; at < out.length; at++) {
      let cosine = 0;
      for (let k = 0; k < width; k++) cosine += vectors[at * width + k]! * vector[k]!;
      out[at]! += vectorWeight * cosine;
    }
    return out;
  };
}

/** `n_i^-1/2`, so that what few like counts for more. */
function inverseRoots({ byItem: { offsets } }: Side): Float32Array {
  return Float32Array.from(
    { length: offsets.length - 1 },
    (_, i) => 1 / Math.sqrt(Math.max(1, offsets[i + 1]! - offsets[i]!)),
  );
}

/** Places of the teachers who like each item. */
function fansOf({ byUser, items }: Side, people: Int32Array): readonly (readonly number[])[] {
  const fans = Array.from(items, (): number[] => []);
  people.forEach((user, at) => {
    for (const item of partnersOf(byUser, user)) fans[item]!.push(at);
  });
  return fans;
}

function normalise(vector: Float32Array): Float32Array {
  const length = Math.sqrt(vector.reduce((total, v) => total + v * v, 0)) || 1;
  vector.forEach((v, k) => void (vector[k] = v / length));
  return vector;
}

function multiplyRow(row: Float32Array, matrix: Float32Array, columns: number): Float32Array {
  const out = new Float32Array(columns);
  row.forEach((weight, at) => {
    const from = at * columns;
    for (let k = 0; k < columns; k++) out[k]! += weight * matrix[from + k]!;
  });
  return out;
}
