import { createRng } from "../base/rng.ts";
import { type DenseMatrix, multiplyDense } from "./dense.ts";

/** Enough for directions that matter; near-equal ones may still be mixed, which costs next to nothing. */
const ITERATIONS = 8;

/**
 * An orthonormal basis of the eigenvectors of the `rank` largest eigenvalues of a symmetric positive semidefinite matrix,
 * by subspace iteration: rows are the basis, in no particular order. `[n, n] -> [rank, n]`
 *
 * (Golub and Van Loan 2013, sec. 8.2.4)
 *
 * @example const basis = await dominantSubspace({ data: covariance, rows: n, columns: n }, 64);
 */
export async function dominantSubspace(matrix: DenseMatrix, rank: number): Promise<DenseMatrix> {
  const n = matrix.rows;
  const rng = createRng(1).split("subspace");
  let data: Float32Array = Float32Array.from({ length: rank * n }, () => rng.normal());
  for (let i = 0; i < ITERATIONS; i++) {
    orthonormalise(data, n);
    data = await multiplyDense({ data, rows: rank, columns: n }, matrix);
  }
  orthonormalise(data, n);
  return { data, rows: rank, columns: n };
}

/** Rows made orthogonal and of length one, in place (Gram and Schmidt, twice for float32's sake); spent ones become zero. */
function orthonormalise(rows: Float32Array, width: number): void {
  const count = rows.length / width;
  const row = (i: number): Float32Array => rows.subarray(i * width, (i + 1) * width);
  for (let i = 0; i < count; i++) {
    const own = row(i);
    const before = dotOf(own, own);
    for (let twice = 0; twice < 2; twice++) {
      for (let j = 0; j < i; j++) {
        const other = row(j);
        const share = dotOf(own, other);
        for (let k = 0; k < width; k++) own[k]! -= share * other[k]!;
      }
    }
    const left = dotOf(own, own);
    const scale = left > 1e-10 * before && left > 0 ? 1 / Math.sqrt(left) : 0;
    for (let k = 0; k < width; k++) own[k]! *= scale;
  }
}

function dotOf(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}
