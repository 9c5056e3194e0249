/** Rows of a host matrix. `[rows.length, width]` */
export function gatherRows(table: Float32Array, width: number, rows: ArrayLike<number>): Float32Array {
  const out = new Float32Array(rows.length * width);
  for (let i = 0; i < rows.length; i++)
    out.set(table.subarray(rows[i]! * width, (rows[i]! + 1) * width), i * width);
  return out;
}

/** The same followed by zeros. `[room, width]` */
export function paddedRows(
  table: Float32Array,
  width: number,
  rows: ArrayLike<number>,
  room: number,
): Float32Array {
  const out = new Float32Array(room * width);
  // An inner loop, because making a subarray takes longer than copying a short row.
  for (let i = 0; i < rows.length; i++) {
    const [from, to] = [rows[i]! * width, i * width];
    for (let j = 0; j < width; j++) out[to + j] = table[from + j]!;
  }
  return out;
}

/** Position of the nearest of ascending levels. */
export function nearestLevel(levels: Float32Array, value: number): number {
  let best = 0;
  for (let i = 1; i < levels.length; i++)
    if (Math.abs(levels[i]! - value) < Math.abs(levels[best]! - value)) best = i;
  return best;
}
