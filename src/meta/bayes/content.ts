import { type Bags, type Matrix, pool, poolGradient } from "../../encoders/bags.ts";

/** Content embeddings of rows, fields summed. `[rows.length, width]` */
export function summedContent(bags: Bags, embeddings: Matrix, rows: ArrayLike<number>): Float32Array {
  const { width } = embeddings;
  const block = bags.fields.length * width;
  const pooled = pool(bags, embeddings, rows);
  const out = new Float32Array(rows.length * width);
  for (let i = 0; i < rows.length; i++) {
    for (let j = 0; j < block; j++) out[i * width + (j % width)]! += pooled[i * block + j]!;
  }
  return out;
}

/** The adjoint of {@link summedContent}: adds `gradient [rows.length, width]` into `into`. */
export function summedContentGradient(
  bags: Bags,
  rows: ArrayLike<number>,
  gradient: Float32Array,
  into: Matrix,
): void {
  const fields = bags.fields.length;
  const { width } = into;
  const spread = new Float32Array(gradient.length * fields);
  for (let i = 0; i < rows.length * fields; i++) {
    const from = Math.floor(i / fields) * width;
    spread.set(gradient.subarray(from, from + width), i * width);
  }
  poolGradient(bags, rows, spread, into);
}
