import { inner, product, times } from "../../base/matrix.ts";

/** Items that may be asked about or will be asked for. */
export interface GainItems {
  /** `[items, size]`, row-major. */
  readonly phi: Float32Array;
  readonly size: number;
  /** Variance of a single value around what the taste says, rounding to the scale's levels included. `[items]` */
  readonly noise: ArrayLike<number>;
  /** How much each item's prediction matters; sums to 1. `[items]` */
  readonly weight: Float32Array;
}

/** What is known of a taste, as the variances it leaves. Answers change it by where they are, not by what they say. */
export interface Uncertainty {
  /** Posterior covariance. `[size, size]` */
  readonly covariance: Float64Array;
  /** `phi^T S phi` of each item: the variance of its expected value. `[items]` */
  readonly variance: Float64Array;
  /** `phi^T S M S phi` of each, with `M = sum_t p_t phi_t phi_t^T`. `[items]` */
  readonly reach: Float64Array;
  /** `M`. `[size, size]` */
  readonly target: Float64Array;
}

/** O(items size^2). */
export function uncertaintyOf(items: GainItems, covariance: ArrayLike<number>): Uncertainty {
  const d = items.size;
  const target = targetOf(items);
  const s = Float64Array.from(covariance);
  const sms = product(product(s, target, d), s, d);
  return { covariance: s, variance: quadratics(items, s), reach: quadratics(items, sms), target };
}

const targets = new WeakMap<GainItems, Float64Array>();

/** `sum_t p_t phi_t phi_t^T`, once for a catalogue. */
function targetOf(items: GainItems): Float64Array {
  const known = targets.get(items);
  if (known !== undefined) return known;
  const { phi, size: d, weight } = items;
  const target = new Float64Array(d * d);
  for (let t = 0; t < weight.length; t++)
    for (let i = 0; i < d; i++) {
      const x = weight[t]! * phi[t * d + i]!;
      for (let j = 0; j < d; j++) target[i * d + j]! += x * phi[t * d + j]!;
    }
  targets.set(items, target);
  return target;
}

/**
 * How much an answer about an item lowers the weighted mean of the predicted variances:
 * `phi^T S M S phi / (phi^T S phi + s^2)` (Cohn et al. 1996, for a linear Gaussian model).
 */
export function varianceGain({ noise }: GainItems, { variance, reach }: Uncertainty, item: number): number {
  return reach[item]! / (variance[item]! + noise[item]!);
}

/** Information of an answer about the taste, in nats: `log(1 + phi^T S phi / s^2) / 2` (MacKay 1992). */
export function informationGain({ noise }: GainItems, { variance }: Uncertainty, item: number): number {
  return 0.5 * Math.log1p(variance[item]! / noise[item]!);
}

/**
 * The same after one more answer, whatever it is: `S' = S - u u^T / c`, `u = S phi`, `c = phi^T u + s^2` (Sherman and
 * Morrison). O(items size).
 */
export function afterAnswer(items: GainItems, before: Uncertainty, item: number): Uncertainty {
  const { phi, size: d, noise } = items;
  const { covariance: s, target } = before;
  const asked = phi.subarray(item * d, (item + 1) * d);
  const u = times(s, asked);
  const mu = times(target, u);
  const v = times(s, mu);
  const c = before.variance[item]! + noise[item]!;
  const spread = inner(u, mu);
  const variance = before.variance.slice();
  const reach = before.reach.slice();
  for (let t = 0; t < variance.length; t++) {
    const along = inner(phi, u, t * d);
    variance[t]! -= (along * along) / c;
    reach[t]! += (along / c) * ((along * spread) / c - 2 * inner(phi, v, t * d));
  }
  const covariance = s.map((x, at) => x - (u[Math.floor(at / d)]! * u[at % d]!) / c);
  return { covariance, variance, reach, target };
}

/** `phi^T A phi` of each item, `A` symmetric. */
function quadratics({ phi, size: d, noise }: GainItems, a: Float64Array): Float64Array {
  const out = new Float64Array(noise.length);
  for (let t = 0; t < out.length; t++) {
    let sum = 0;
    for (let i = 0; i < d; i++) {
      let row = 0.5 * a[i * d + i]! * phi[t * d + i]!;
      for (let j = 0; j < i; j++) row += a[i * d + j]! * phi[t * d + j]!;
      sum += 2 * row * phi[t * d + i]!;
    }
    out[t] = sum;
  }
  return out;
}

/**
 * The share of a value's variance that a line through the levels of the scale recovers from the rounded value: the squared
 * correlation of the two, for a logistic value as `cumulative` has it. `cov(y, r) = w sum_c r_c (h(F_c-1) - h(F_c))`, `F_c`
 * the chance of at most level `c`, `h` the entropy of a coin; the variance of `y` is `w^2 pi^2 / 3`. Small where everybody
 * is expected to answer with the highest level: such an answer says little.
 *
 * @param probabilities of each level
 * @param levels ascending
 */
export function keptByRounding(probabilities: ArrayLike<number>, levels: ArrayLike<number>): number {
  let [first, second, shared, below] = [0, 0, 0, 0];
  for (let c = 0; c < levels.length; c++) {
    const [p, level] = [probabilities[c]!, levels[c]!];
    first += p * level;
    second += p * level * level;
    shared += level * (coinEntropy(below) - coinEntropy(below + p));
    below += p;
  }
  const spread = second - first * first;
  return spread > 0 ? Math.min(1, (3 * shared * shared) / (Math.PI ** 2 * spread)) : 0;
}

/** In nats. */
function coinEntropy(p: number): number {
  return p <= 0 || p >= 1 ? 0 : -p * Math.log(p) - (1 - p) * Math.log1p(-p);
}
