/** A matrix of 8-bit integers; row or column `c` stands for `scales[c] * values`. */
export interface Int8Matrix {
  /** `[rows, columns]`, -127 to 127 */
  readonly values: Int8Array;
  /** One for each channel. */
  readonly scales: Float32Array;
}

/**
 * Rounds a matrix to 8 bits, symmetrically and channel by channel: `q = round(w / s)`, `s = max |w| / 127`. What was
 * rounded before comes out as the same integers.
 *
 * (Jacob et al. 2018, sec. 3; Krishnamoorthi 2018, sec. 3.1)
 *
 * @param axis which rows (0) or columns (1) are channels
 * @example roundChannels(Float32Array.of(127, -1, 0, 2), [2, 2], 0) // values [127, -1, 0, 127], scales [1, 2 / 127]
 */
export function roundChannels(
  weights: Float32Array,
  [rows, columns]: readonly [number, number],
  axis: 0 | 1,
): Int8Matrix {
  const scales = new Float32Array(axis === 0 ? rows : columns);
  const channelOf = (i: number): number => (axis === 0 ? Math.floor(i / columns) : i % columns);
  for (let i = 0; i < weights.length; i++) {
    const c = channelOf(i);
    scales[c] = Math.max(scales[c]!, Math.abs(weights[i]!) / 127);
  }
  const values = Int8Array.from(weights, (w, i) => (w === 0 ? 0 : Math.round(w / scales[channelOf(i)]!)));
  return { values, scales };
}

/** The numbers that an {@link Int8Matrix} stands for, channels along `axis`. */
export function widenChannels(
  { values, scales }: Int8Matrix,
  [, columns]: readonly [number, number],
  axis: 0 | 1,
): Float32Array {
  return Float32Array.from(values, (q, i) => q * scales[axis === 0 ? Math.floor(i / columns) : i % columns]!);
}

/** `[rows, columns] -> [columns, rows]` */
export function transposed(data: Float32Array, [rows, columns]: readonly [number, number]): Float32Array {
  const out = new Float32Array(data.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = data[i * columns + j]!;
  return out;
}
