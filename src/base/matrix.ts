/** Small dense matrices on the thread that calls, row-major: what a hundred rows need, and no program is worth. */

/** `A B`, all `[d, d]`. */
export function product(a: Float64Array, b: Float64Array, d: number): Float64Array {
  const out = new Float64Array(d * d);
  for (let i = 0; i < d; i++)
    for (let k = 0; k < d; k++) for (let j = 0; j < d; j++) out[i * d + j]! += a[i * d + k]! * b[k * d + j]!;
  return out;
}

/** `A x`, `A [x.length, x.length]`. */
export function times(a: ArrayLike<number>, x: ArrayLike<number>): Float64Array {
  const d = x.length;
  return Float64Array.from({ length: d }, (_, i) => inner(a, x, i * d));
}

/** `sum_j a[from + j] x[j]` */
export function inner(a: ArrayLike<number>, x: ArrayLike<number>, from = 0): number {
  let sum = 0;
  for (let j = 0; j < x.length; j++) sum += a[from + j]! * x[j]!;
  return sum;
}
