import { invertSpd } from "../../base/cholesky.ts";

/** Observations `y_j ~ N(g_j . x, noise)`. */
export interface Regression {
  /** `[n, d]` */
  readonly g: Float64Array;
  /** `[n]` */
  readonly y: Float64Array;
}

export interface RidgePosterior {
  /** `[d]` */
  readonly mean: Float64Array;
  /** `[d * d]` */
  readonly covariance: Float64Array;
}

export interface RidgeOptions {
  /** Prior precision of each weight, whose prior mean is zero. `[d]` */
  readonly precision: Float64Array;
  readonly noise: number;
}

/** Bayesian linear regression (Bishop 2006, eq. 3.53-3.54). */
export function ridgePosterior(
  { g, y }: Regression,
  { precision: prior, noise }: RidgeOptions,
): RidgePosterior {
  const d = prior.length;
  const precision = new Float64Array(d * d);
  prior.forEach((p, k) => {
    precision[k * (d + 1)] = p;
  });
  const pull = new Float64Array(d);
  for (let j = 0; j < y.length; j++) {
    for (let a = 0; a < d; a++) {
      const x = g[j * d + a]! / noise;
      pull[a]! += x * y[j]!;
      for (let b = 0; b <= a; b++) precision[a * d + b]! += x * g[j * d + b]!;
    }
  }
  const covariance = invertSpd(precision, d);
  return { mean: times(covariance, pull, 0, d), covariance };
}

/**
 * The posterior mean had event `j` not happened, exactly, by a rank-one downdate:
 * `x - A^-1 g_j (y_j - g_j . x) / (noise - g_j^T A^-1 g_j)`.
 */
export function ridgeWithout(
  { mean, covariance }: RidgePosterior,
  { g, y }: Regression,
  j: number,
  noise: number,
): Float64Array {
  const d = mean.length;
  const turned = times(covariance, g, j * d, d);
  let [leverage, predicted] = [0, 0];
  for (let a = 0; a < d; a++) {
    leverage += g[j * d + a]! * turned[a]!;
    predicted += g[j * d + a]! * mean[a]!;
  }
  const surprise = (y[j]! - predicted) / (noise - leverage);
  return mean.map((x, a) => x - turned[a]! * surprise);
}

/** `matrix [d, d]` times the `d` numbers of `x` from `at` on. */
function times(matrix: Float64Array, x: Float64Array, at: number, d: number): Float64Array {
  const out = new Float64Array(d);
  for (let a = 0; a < d; a++) for (let b = 0; b < d; b++) out[a]! += matrix[a * d + b]! * x[at + b]!;
  return out;
}
