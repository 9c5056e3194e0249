/** Items that may be asked about or will be asked for. */
export interface GainItems {
  /** `[items, size]`, row-major. */
  readonly phi: Float32Array;
  readonly size: number;
  /** Variance of a single value around what the taste says. `[items]` */
  readonly noise: Float32Array;
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
  const spread = inner(u, mu, 0, d);
  const variance = before.variance.slice();
  const reach = before.reach.slice();
  for (let t = 0; t < variance.length; t++) {
    const along = inner(phi, u, t * d, d);
    variance[t]! -= (along * along) / c;
    reach[t]! += (along / c) * ((along * spread) / c - 2 * inner(phi, v, t * d, d));
  }
  const covariance = s.map((x, at) => x - (u[Math.floor(at / d)]! * u[at % d]!) / c);
  return { covariance, variance, reach, target };
}

function product(a: Float64Array, b: Float64Array, d: number): Float64Array {
  const out = new Float64Array(d * d);
  for (let i = 0; i < d; i++)
    for (let k = 0; k < d; k++) for (let j = 0; j < d; j++) out[i * d + j]! += a[i * d + k]! * b[k * d + j]!;
  return out;
}

function times(a: Float64Array, x: ArrayLike<number>): Float64Array {
  const d = x.length;
  return Float64Array.from({ length: d }, (_, i) => inner(a, x, i * d, d));
}

/** `sum_j a[from + j] x[j]` */
function inner(a: ArrayLike<number>, x: ArrayLike<number>, from: number, d: number): number {
  let sum = 0;
  for (let j = 0; j < d; j++) sum += a[from + j]! * x[j]!;
  return sum;
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
