import { check } from "./errors.ts";

/**
 * Solves A x = b in place for one symmetric positive definite matrix: `a` becomes its lower Cholesky factor, `b` the
 * solution. Only the lower triangle is read.
 *
 * @param a `[n * n]` row-major
 * @param b `[n]`
 * @throws NUMERIC when A is not positive definite
 */
export function solveSpdInPlace(a: Float64Array, b: Float64Array): void {
  const n = b.length;
  factorCholesky(a, n);
  for (let i = 0; i < n; i++) {
    let sum = b[i]!;
    for (let k = 0; k < i; k++) sum -= a[i * n + k]! * b[k]!;
    b[i] = sum / a[i * n + i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = b[i]!;
    for (let k = i + 1; k < n; k++) sum -= a[k * n + i]! * b[k]!;
    b[i] = sum / a[i * n + i]!;
  }
}

/** In place `A -> L` of `A = L L^T`, lower triangle. */
export function factorCholesky(a: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= a[i * n + k]! * a[j * n + k]!;
      if (i === j) assertPositive(sum, i);
      a[i * n + j] = i === j ? Math.sqrt(sum) : sum / a[j * n + j]!;
    }
  }
}

/** @throws NUMERIC unless the pivot of a row is positive */
export function assertPositive(pivot: number, row: number): void {
  check(pivot > 0, "NUMERIC", () => ({
    where: "Cholesky",
    expected: "a positive definite matrix",
    got: `pivot ${pivot} in row ${row}`,
    hint: "A larger regularisation helps.",
  }));
}

/**
 * Inverse of a symmetric positive definite matrix, of which only the lower triangle is read.
 *
 * @param a `[n * n]` row-major, left as it is
 * @throws NUMERIC when it is not positive definite
 */
export function invertSpd(a: Float64Array, n: number): Float64Array {
  const l = a.slice();
  factorCholesky(l, n);
  const inverse = new Float64Array(n * n);
  const column = new Float64Array(n);
  for (let c = 0; c < n; c++) {
    column.fill(0);
    for (let i = c; i < n; i++) {
      let sum = i === c ? 1 : 0;
      for (let k = c; k < i; k++) sum -= l[i * n + k]! * column[k]!;
      column[i] = sum / l[i * n + i]!;
    }
    for (let i = n - 1; i >= c; i--) {
      let sum = column[i]!;
      for (let k = i + 1; k < n; k++) sum -= l[k * n + i]! * column[k]!;
      column[i] = sum / l[i * n + i]!;
      inverse[i * n + c] = column[i]!;
      inverse[c * n + i] = column[i]!;
    }
  }
  return inverse;
}
