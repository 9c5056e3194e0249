import type { Bag } from "../bags.ts";

/**
 * A vector that somebody else made of the row (a pretrained encoder, a graph, the user): centred over training and scaled
 * to a mean squared length of one, then read as a bag whose tokens are its numbers. So an embedding table is a linear
 * projection of it, and inner products of bags are those of the vectors.
 */
export interface VectorField {
  readonly kind: "vector";
  readonly width: number;
  /** `[width]` */
  readonly mean: readonly number[];
  /** One over the root mean squared length of a centred vector. */
  readonly scale: number;
}

/** @param vectors of training rows, `[width]` each; missing ones start with NaN */
export function fitVector(vectors: Iterable<Float32Array>, width: number): VectorField {
  const known = [...vectors].filter(isKnown);
  const mean = new Array<number>(width).fill(0);
  for (const v of known) for (let j = 0; j < width; j++) mean[j]! += v[j]! / known.length;
  let squares = 0;
  for (const v of known) for (let j = 0; j < width; j++) squares += (v[j]! - mean[j]!) ** 2 / known.length;
  return { kind: "vector", width, mean, scale: squares > 0 ? 1 / Math.sqrt(squares) : 1 };
}

/** Nothing for a missing vector. */
export function encodeVector({ mean, scale }: VectorField, vector: ArrayLike<number>): Bag {
  return isKnown(vector) ? mean.map((m, j) => [j, scale * (vector[j]! - m)] as const) : [];
}

function isKnown(vector: ArrayLike<number>): boolean {
  return vector.length > 0 && !Number.isNaN(vector[0]);
}
