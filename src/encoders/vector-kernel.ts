import type { Table } from "../data/dataset.ts";
import { type DenseMatrix, multiplyDense } from "../tensor/dense.ts";
import { encodeVector, fitVector } from "./fields/vector.ts";

/**
 * The vectors of a table's items, a matrix a column: centred over training and of mean squared length one, so that two
 * items are a squared distance of two apart on average; nothing where a vector is missing. `[items, width]` each
 *
 * @param seen rows that training may look at
 */
export function contentVectors({ ids, columns }: Table, seen: Int32Array): readonly DenseMatrix[] {
  return Object.values(columns).flatMap((column): DenseMatrix[] => {
    if (column.kind !== "vector") return [];
    const { values, width } = column;
    const at = (row: number): Float32Array => values.subarray(row * width, (row + 1) * width);
    const field = fitVector(Array.from(seen, at), width);
    const data = new Float32Array(ids.length * width);
    for (let row = 0; row < ids.length; row++)
      for (const [j, x] of encodeVector(field, at(row))) data[row * width + j] = x;
    return [{ data, rows: ids.length, columns: width }];
  });
}

/** Rows and columns of a kernel, as rows of the items. */
export interface Between {
  readonly rows: Int32Array;
  readonly columns: Int32Array;
}

/** Weight of each vector, and inverse squared length scale of their distances. */
export interface VectorKernelOptions {
  readonly vector: number;
  readonly vectorScale: number;
  readonly threads?: number;
}

/**
 * Adds `vector exp(-vectorScale |a - b|^2 / 2)` to a kernel, for each of the vectors (Rasmussen and Williams 2006, eq.
 * 4.9). In place; an item's similarity to itself grows by `vector` each.
 *
 * @param out `[rows.length, columns.length]`
 */
export async function addVectorKernel(
  out: Float32Array,
  vectors: readonly DenseMatrix[],
  between: Between,
  options: VectorKernelOptions,
): Promise<void> {
  const n = between.columns.length;
  for (const matrix of vectors) {
    const left = rowsOf(matrix, between.rows);
    const right = rowsOf(matrix, between.columns);
    const dots = await multiplyDense(left, transposed(right), options);
    const [a, b] = [squaredLengths(left), squaredLengths(right)];
    for (let r = 0; r < a.length; r++) {
      for (let c = 0; c < n; c++) {
        const distance = Math.max(0, a[r]! + b[c]! - 2 * dots[r * n + c]!);
        out[r * n + c]! += options.vector * Math.exp(-0.5 * options.vectorScale * distance);
      }
    }
  }
}

function rowsOf({ data, columns: width }: DenseMatrix, rows: Int32Array): DenseMatrix {
  const out = new Float32Array(rows.length * width);
  rows.forEach((row, r) => out.set(data.subarray(row * width, (row + 1) * width), r * width));
  return { data: out, rows: rows.length, columns: width };
}

function transposed({ data, rows, columns }: DenseMatrix): DenseMatrix {
  const out = new Float32Array(data.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out[c * rows + r] = data[r * columns + c]!;
  return { data: out, rows: columns, columns: rows };
}

function squaredLengths({ data, rows, columns }: DenseMatrix): Float64Array {
  const out = new Float64Array(rows);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out[r]! += data[r * columns + c]! ** 2;
  return out;
}
