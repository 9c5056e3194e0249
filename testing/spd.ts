import type { Rng } from "../src/base/rng.ts";

export interface KnownSpd {
  /** `[n, n]` row-major, float64 */
  readonly a: Float64Array;
  readonly inverse: Float64Array;
}

/**
 * A symmetric matrix with known eigenvalues, from 1 down to `1 / condition` in equal ratios, and its inverse: three
 * Householder reflections `H = I - 2 v v^T / v^T v` of a diagonal, `A = H D H`, `A^-1 = H D^-1 H`, in float64.
 */
export function knownSpd(n: number, condition: number, rng: Rng): KnownSpd {
  const [a, inverse] = [new Float64Array(n * n), new Float64Array(n * n)];
  for (let i = 0; i < n; i++) {
    const eigenvalue = n === 1 ? 1 : condition ** (-i / (n - 1));
    [a[i * n + i], inverse[i * n + i]] = [eigenvalue, 1 / eigenvalue];
  }
  for (let turn = 0; turn < 3; turn++) {
    const v = Array.from({ length: n }, () => rng.normal());
    for (const m of [a, inverse]) reflect(m, v);
  }
  return { a, inverse };
}

/** `m <- H m H` of a symmetric `m`: with `u = m v` and `s = v^T v`, `m - (2/s)(v u^T + u v^T) + (4/s^2)(v^T u) v v^T`. */
function reflect(m: Float64Array, v: readonly number[]): void {
  const n = v.length;
  const u = v.map((_, i) => v.reduce((total, x, j) => total + x * (m[i * n + j] ?? 0), 0));
  const s = v.reduce((total, x) => total + x * x, 0);
  const both = v.reduce((total, x, i) => total + x * (u[i] ?? 0), 0);
  m.forEach((at, i) => {
    const [vr, vc] = [v[Math.floor(i / n)] ?? 0, v[i % n] ?? 0];
    const [ur, uc] = [u[Math.floor(i / n)] ?? 0, u[i % n] ?? 0];
    m[i] = at - (2 / s) * (vr * uc + ur * vc) + (4 / (s * s)) * both * vr * vc;
  });
}

/** Largest error of an entry, relative to the largest wanted one; not a number when one of them is. */
export function relativeError(got: ArrayLike<number>, wanted: ArrayLike<number>): number {
  let [scale, worst] = [0, 0];
  for (let i = 0; i < wanted.length; i++) {
    scale = Math.max(scale, Math.abs(wanted[i] ?? Number.NaN));
    worst = Math.max(worst, Math.abs((got[i] ?? Number.NaN) - (wanted[i] ?? Number.NaN)));
  }
  return worst / scale;
}
