import { invertLarge } from "../tensor/dense.ts";

/** Who likes what: the items of person k are `others[offsets[k]]` to before `others[offsets[k + 1]]`. */
export interface Likes {
  /** `[people + 1]` */
  readonly offsets: Int32Array;
  /** Rows of items, each once a person; negative ones do not take part. `[events]` */
  readonly others: Int32Array;
}

/**
 * `P = (X^T X + regularisation I)^-1` over likes X: EASE's weights are `B_ji = -P_ji / P_ii`, `B_ii = 0` (Steck 2019). The
 * matrix is scaled to a diagonal of ones before it is inverted in float32: items differ a thousandfold in likes, and its
 * condition with them. Memory is about five times 4 items^2 bytes.
 *
 * @param likes item rows below `size` of each person
 * @returns `[size, size]`
 * @param options.regularisation above 0
 * @throws NUMERIC when the regularisation is too small
 * @example const inverse = await coLikesInverse({ offsets, others }, items.length, { regularisation: 500 });
 */
export async function coLikesInverse(
  likes: Likes,
  size: number,
  { regularisation, threads = 1 }: { readonly regularisation: number; readonly threads?: number },
): Promise<Float32Array> {
  if (size === 0) return new Float32Array(0);
  const gram = coLikes(likes, size);
  const scale = Float32Array.from(
    { length: size },
    (_, i) => 1 / Math.sqrt(gram[i * (size + 1)]! + regularisation),
  );
  scaleBoth(gram, scale);
  for (let i = 0; i < size; i++) gram[i * (size + 1)] = 1;
  const inverse = await invertLarge(gram, size, { threads });
  scaleBoth(inverse, scale);
  return inverse;
}

/** Multiplies rows and columns of a square matrix, in place. */
function scaleBoth(matrix: Float32Array, scale: Float32Array): void {
  const size = scale.length;
  for (let j = 0; j < size; j++)
    for (let i = 0; i < size; i++) matrix[j * size + i]! *= scale[j]! * scale[i]!;
}

/** X^T X: how many people like both. `[size, size]` */
function coLikes({ offsets, others }: Likes, size: number): Float32Array {
  const gram = new Float32Array(size * size);
  for (let person = 0; person + 1 < offsets.length; person++) {
    const own = others
      .subarray(offsets[person], offsets[person + 1])
      .filter((item) => item >= 0)
      .sort();
    for (let a = 0; a < own.length; a++) {
      const row = own[a]! * size;
      for (let b = a; b < own.length; b++) gram[row + own[b]!]!++;
    }
  }
  for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) gram[i * size + j] = gram[j * size + i]!;
  return gram;
}

/**
 * Sum of the given rows of a square matrix. Four rows a pass, because a pass over one row spends most of its time on
 * reading and writing the sums: a third of the time on histories of 130 items.
 */
export function sumRows(matrix: Float32Array, size: number, rows: ArrayLike<number>): Float32Array {
  const sums = new Float32Array(size);
  const rest = rows.length % 4;
  for (let at = 0; at < rest; at++) {
    const a = rows[at]! * size;
    for (let i = 0; i < size; i++) sums[i]! += matrix[a + i]!;
  }
  for (let at = rest; at < rows.length; at += 4) {
    const [a, b, c, d] = [rows[at]! * size, rows[at + 1]! * size, rows[at + 2]! * size, rows[at + 3]! * size];
    for (let i = 0; i < size; i++)
      sums[i] = sums[i]! + matrix[a + i]! + matrix[b + i]! + matrix[c + i]! + matrix[d + i]!;
  }
  return sums;
}
