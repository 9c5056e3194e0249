import type { Links } from "./als/plan.ts";
import type { Kernels } from "./kernels/kernels.ts";
import { partnersOf, type Tokens } from "./tokens.ts";

/** Vectors of features, with what Adagrad remembers. */
export interface FeatureTable {
  readonly kernels: Kernels;
  /** Byte address of `[features, width]` float32s. */
  readonly address: number;
  /** Bytes a row. */
  readonly stride: number;
  /** `[features]` sums of mean squared gradients. */
  readonly squares: Float32Array;
}

/** Features of one row: tokens with `weight` each, and an ID (-1 for none) with 1. */
export interface Bag {
  readonly tokens: Int32Array;
  readonly weight: number;
  readonly id: number;
}

/**
 * The features of every row of one side; IDs come after the tokens.
 *
 * @param events of each row; one without has no ID
 * @param contentWeight of all tokens of a row together
 */
export function bagsOf({ ofRow, size }: Tokens, { offsets }: Links, contentWeight: number): readonly Bag[] {
  return Array.from({ length: offsets.length - 1 }, (_, row) => ({
    ...contentBag(partnersOf(ofRow, row), contentWeight),
    id: offsets[row + 1]! > offsets[row]! ? size + row : -1,
  }));
}

/** The bag of somebody who was not there in training. */
export function contentBag(tokens: Int32Array, contentWeight: number): Bag {
  return { tokens, weight: tokens.length === 0 ? 0 : contentWeight / tokens.length, id: -1 };
}

/** Writes the weighted sum of the bag's rows to a byte address. */
export function bagVector(
  { kernels, address, stride }: FeatureTable,
  { tokens, weight, id }: Bag,
  into: number,
): void {
  kernels.blend(into, 0, into, 0, into);
  for (const token of tokens) kernels.blend(into, 1, into, weight, address + token * stride);
  if (id >= 0) kernels.blend(into, 1, into, 1, address + id * stride);
}

export interface BagStep {
  readonly learningRate: number;
  readonly weightDecay: number;
}

/**
 * Moves the bag's rows up along the gradient of their sum (Adagrad, Duchi 2011, with one rate a row).
 *
 * @param gradient byte address
 */
export function learnBag(
  { kernels, address, stride, squares }: FeatureTable,
  { tokens, weight, id }: Bag,
  gradient: number,
  { learningRate, weightDecay }: BagStep,
): void {
  const square = (4 * kernels.dot(gradient, gradient)) / stride;
  const learn = (row: number, share: number): void => {
    const [rate, at] = [learningRate / Math.sqrt(squares[row]!), address + row * stride];
    squares[row]! += share * share * square;
    kernels.blend(at, 1 - rate * weightDecay, at, rate * share, gradient);
  };
  for (const token of tokens) learn(token, weight);
  if (id >= 0) learn(id, 1);
}
