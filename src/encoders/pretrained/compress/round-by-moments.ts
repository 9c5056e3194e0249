import { type Int8Matrix, roundChannels, transposed } from "../../../tensor/index.ts";

/** Added to the moments, in units of their mean diagonal. */
const DAMPING = 0.01;
const MOST = 127;

/**
 * Rounds a linear map to 8 bits, output by output and one input after the other, each number together with what rounding
 * those before it has changed of the output: `q_k = round(w_k + sum_{j<k} (w_j - q_j) U_jk)`, `U D U^T` the moments with
 * ones on the diagonal of `U`. Of all such feedback it leaves the least `E |W x - Q x|^2`. Scales are those of
 * `roundChannels`, and so is everything where inputs do not go together.
 *
 * (LDLQ, Chee et al. 2023, QuIP, eq. 2 and theorem 1; the same as OPTQ, Frantar et al. 2023)
 *
 * @param weight `[from, to]`
 * @param moments `sum x x^T` of what enters. `[from, from]`
 */
export function roundByMoments(
  weight: Float32Array,
  [from, to]: readonly [number, number],
  moments: Float32Array,
): Int8Matrix {
  const { scales } = roundChannels(weight, [from, to], 1);
  const feedback = feedbackOf(moments, from);
  const outIn = transposed(weight, [from, to]);
  const values = new Int8Array(from * to);
  const left = new Float64Array(from);
  for (let o = 0; o < to; o++) {
    const scale = scales[o]!;
    if (scale === 0) continue;
    for (let k = 0; k < from; k++) {
      const w = outIn[o * from + k]!;
      let wanted = w;
      for (let j = 0; j < k; j++) wanted += left[j]! * feedback[k * from + j]!;
      const q = Math.min(Math.max(Math.round(wanted / scale), -MOST), MOST);
      left[k] = w - q * scale;
      values[k * to + o] = q;
    }
  }
  return { values, scales };
}

/** `U^T` of `U D U^T = moments + damping`, `U` upper triangular with ones on its diagonal. `[n, n]` */
function feedbackOf(moments: Float32Array, n: number): Float64Array {
  let trace = 0;
  for (let i = 0; i < n; i++) trace += moments[i * n + i]!;
  const damping = (DAMPING * trace) / n || 1;
  const [unit, scaled, turned] = [new Float64Array(n * n), new Float64Array(n * n), new Float64Array(n * n)];
  for (let k = n - 1; k >= 0; k--) {
    for (let i = 0; i <= k; i++) {
      let sum = moments[i * n + k]! + (i === k ? damping : 0);
      for (let j = k + 1; j < n; j++) sum -= scaled[i * n + j]! * unit[k * n + j]!;
      scaled[i * n + k] = sum;
    }
    const pivot = scaled[k * n + k]!;
    for (let i = 0; i <= k; i++) turned[k * n + i] = unit[i * n + k] = scaled[i * n + k]! / pivot;
  }
  return turned;
}
