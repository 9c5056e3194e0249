import type { Bags } from "../../encoders/bags.ts";
import { type DomainSample, forEachToken } from "./domain-classifier.ts";

/**
 * Squared maximum mean discrepancy of two samples under a Gaussian kernel (Gretton et al. 2012, eq. 3), unbiased:
 * `mean k(x, x') + mean k(y, y') - 2 mean k(x, y)`, pairs of a row with itself left out. About 0 for samples of one
 * distribution (it may be below).
 *
 * @param bandwidth `k = exp(-|a - b|^2 / (2 bandwidth^2))`; the median distance between the samples unless told
 */
export function maximumMeanDiscrepancy(
  source: DomainSample,
  target: DomainSample,
  bandwidth?: number,
): number {
  const [x, y] = [source, target].map(({ bags, rows }) => Array.from(rows, (row) => vectorOf(bags, row)));
  const [within, others, across] = [squares(x!, x!), squares(y!, y!), squares(x!, y!)];
  const width = bandwidth ?? median(across);
  const kernel = (square: number): number => Math.exp(-square / (2 * width * width || 1));
  return (
    meanApart(within, x!.length, kernel) +
    meanApart(others, y!.length, kernel) -
    (2 * across.reduce((sum, square) => sum + kernel(square), 0)) / across.length
  );
}

interface Vector {
  readonly entries: ReadonlyMap<number, number>;
  readonly square: number;
}

function vectorOf(bags: Bags, row: number): Vector {
  const entries = new Map<number, number>();
  forEachToken(bags, row, (token, weight) => entries.set(token, (entries.get(token) ?? 0) + weight));
  return { entries, square: [...entries.values()].reduce((sum, v) => sum + v * v, 0) };
}

/** Squared distances. `[a.length, b.length]` */
function squares(a: readonly Vector[], b: readonly Vector[]): Float64Array {
  const out = new Float64Array(a.length * b.length);
  a.forEach((left, i) => {
    b.forEach((right, j) => {
      let dot = 0;
      for (const [token, value] of left.entries) dot += value * (right.entries.get(token) ?? 0);
      out[i * b.length + j] = Math.max(0, left.square + right.square - 2 * dot);
    });
  });
  return out;
}

/** Mean over pairs of different rows. */
function meanApart(distances: Float64Array, n: number, kernel: (square: number) => number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) if (i !== j) sum += kernel(distances[i * n + j]!);
  return sum / Math.max(1, n * (n - 1));
}

function median(values: Float64Array): number {
  const sorted = values.slice().sort();
  return Math.sqrt(sorted[sorted.length >> 1] ?? 1);
}
