import type { Kernels } from "../kernels/kernels.ts";

/** Byte addresses of what all rows are solved with. */
export interface SharedPart {
  /** `[width, width]`, all pairs' part of the matrix. */
  readonly gram: number;
  /** `[rows, width]`, the other side. */
  readonly table: number;
  /** `[3, width]` to compute in. */
  readonly scratch: number;
}

/** What one row is solved with. */
export interface RowPart {
  /** Byte addresses of the first row number of a partner and behind the last. */
  readonly at: number;
  readonly end: number;
  readonly ridge: number;
  /** At most so many steps. */
  readonly steps: number;
}

/** Square of the residual below which a row is solved. */
const SOLVED = 1e-13;

/**
 * Improves a row x towards (gram + ridge I + sum_j y_j y_j^T) x = sum_j y_j by conjugate gradients from where it is
 * (Takacs, Pilaszy and Tikk 2011, "Applications of the Conjugate Gradient Method for Implicit Feedback Collaborative
 * Filtering"); the matrix is never formed.
 *
 * @returns takes the byte address of x
 */
export function rowImprover(
  kernels: Kernels,
  width: number,
  { gram, table, scratch }: SharedPart,
): (x: number, row: RowPart) => void {
  const { blend, combine, accumulate, dot } = kernels;
  const [r, p, ap] = [scratch, scratch + 4 * width, scratch + 8 * width];
  return (x, { at, end, ridge, steps }) => {
    // r = sum_j y_j - A x, as sum_j (1 - y_j . x) y_j - (gram x + ridge x)
    blend(r, ridge, x, 0, x);
    combine(r, gram, x);
    blend(r, -1, r, 0, r);
    accumulate(r, x, table, at, end, 1, -1);
    blend(p, 1, r, 0, r);
    let size = dot(r, r);
    for (let step = 0; step < steps && size > SOLVED; step++) {
      blend(ap, ridge, p, 0, p);
      combine(ap, gram, p);
      accumulate(ap, p, table, at, end, 0, 1);
      const along = size / dot(p, ap);
      blend(x, 1, x, along, p);
      blend(r, 1, r, -along, ap);
      const left = dot(r, r);
      blend(p, 1, r, left / size, p);
      size = left;
    }
  };
}
