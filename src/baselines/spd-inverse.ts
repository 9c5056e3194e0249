import { assertPositive } from "../base/cholesky.ts";

/**
 * Inverse of a symmetric positive definite matrix: A = L L^T, M = L^-1, A^-1 = M^T M; n^3 / 2 multiplications in all,
 * four rows at a time because memory, not arithmetic, is what limits it. Only the lower triangle is read.
 *
 * @param a `[n * n]` row-major; overwritten
 * @returns `[n * n]`, both triangles
 * @throws NUMERIC when A is not positive definite
 * @example inverseSpd(Float64Array.of(2, 0, 0, 4), 2); // [0.5, 0, 0, 0.25]
 */
export function inverseSpd(a: Float64Array, n: number): Float64Array {
  factorise(a, n);
  invertLower(a, n);
  return gramOfColumns(a, n);
}

/** In place A -> L. Row i against four finished rows at a time. */
function factorise(a: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) a[i * n + j] = (a[i * n + j]! - dot(a, i * n, j * n, j)) / a[j * n + j]!;
    const pivot = a[i * n + i]! - dot(a, i * n, i * n, i);
    assertPositive(pivot, i);
    a[i * n + i] = Math.sqrt(pivot);
  }
}

/** Four sums at once: one sum would wait for each addition. */
function dot(a: Float64Array, from: number, other: number, count: number): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let k = 0;
  for (; k + 3 < count; k += 4) {
    s0 += a[from + k]! * a[other + k]!;
    s1 += a[from + k + 1]! * a[other + k + 1]!;
    s2 += a[from + k + 2]! * a[other + k + 2]!;
    s3 += a[from + k + 3]! * a[other + k + 3]!;
  }
  for (; k < count; k++) s0 += a[from + k]! * a[other + k]!;
  return s0 + s1 + s2 + s3;
}

/** In place L -> L^-1: row i = (e_i - sum_{k < i} l_ik row_k) / l_ii. */
function invertLower(l: Float64Array, n: number): void {
  const row = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    row.fill(0, 0, i + 1);
    const weights = l.subarray(i * n, i * n + i);
    addRows(row, l, { n, weights, first: 0 });
    const scale = 1 / l[i * n + i]!;
    for (let j = 0; j < i; j++) l[i * n + j] = -row[j]! * scale;
    l[i * n + i] = scale;
  }
}

/** M^T M of a lower triangular M. Row j needs the rows from j on. */
function gramOfColumns(m: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n * n);
  const weights = new Float64Array(n);
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) weights[i - j] = m[i * n + j]!;
    // Columns up to j are enough: the rest follows from symmetry.
    addRows(out.subarray(j * n, j * n + j + 1), m, { n, weights: weights.subarray(0, n - j), first: j });
    for (let k = 0; k < j; k++) out[k * n + j] = out[j * n + k]!;
  }
  return out;
}

interface Rows {
  readonly n: number;
  /** One a row. */
  readonly weights: Float64Array;
  /** Row of the first weight. */
  readonly first: number;
}

/** into += sum_r weights_r row_{first + r}, over the columns of `into` that the triangle has, four rows at a time. */
function addRows(into: Float64Array, m: Float64Array, { n, weights, first }: Rows): void {
  let r = 0;
  for (; r + 3 < weights.length; r += 4) {
    const [w0, w1, w2, w3] = [weights[r]!, weights[r + 1]!, weights[r + 2]!, weights[r + 3]!];
    const at = (first + r) * n;
    const width = Math.min(into.length, first + r + 1);
    for (let k = 0; k < width; k++) {
      into[k]! += w0 * m[at + k]! + w1 * m[at + n + k]! + w2 * m[at + 2 * n + k]! + w3 * m[at + 3 * n + k]!;
    }
    // The three later rows of the four reach further.
    for (let s = 1; s < 4; s++)
      addTail(into, m, { at: at + s * n, from: width, to: first + r + s + 1, weight: weights[r + s]! });
  }
  for (; r < weights.length; r++)
    addTail(into, m, { at: (first + r) * n, from: 0, to: first + r + 1, weight: weights[r]! });
}

interface Tail {
  readonly at: number;
  readonly from: number;
  readonly to: number;
  readonly weight: number;
}

function addTail(into: Float64Array, m: Float64Array, { at, from, to, weight }: Tail): void {
  for (let k = from; k < Math.min(to, into.length); k++) into[k]! += weight * m[at + k]!;
}
