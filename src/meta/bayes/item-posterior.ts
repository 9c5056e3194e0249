import { invertSpd, solveSpdInPlace } from "../../base/cholesky.ts";

/** A normal distribution of `d` weights. */
export interface ItemPrior {
  /** `[d]` */
  readonly mean: Float64Array;
  /** `[d * d]` */
  readonly precision: Float64Array;
}

/** What was observed: users' features and whether each liked the item. */
export interface LikeEvents {
  /** `[n, d]` */
  readonly phi: Float64Array;
  /** 1 or 0. `[n]` */
  readonly liked: Uint8Array;
  /** How much each event counts; 1 each where absent. `[n]` */
  readonly weights?: Float32Array;
  /** What is known of each event's odds beside the weights; 0 each where absent. `[n]` */
  readonly offset?: Float64Array;
}

export interface ItemPosterior {
  /** `[d]` */
  readonly mean: Float64Array;
  /** `[d * d]` */
  readonly covariance: Float64Array;
}

const MOST_STEPS = 25;
const TOLERANCE = 1e-7;

/**
 * Laplace's approximation of a Bayesian logistic regression (Bishop 2006, sec. 4.5.1): the mode of
 * `sum_j c_j log p(y_j | o_j + w . phi_j) + log N(w; m, P^-1)` by Newton's method, a step halved until it does not climb down,
 * and the inverse Hessian there, `P + sum_j c_j p_j (1 - p_j) phi_j phi_j^T`. Without events it is the prior itself.
 *
 * @param start where the search begins: near the mode it is short
 * @throws NUMERIC when the prior's precision is not positive definite
 */
export function laplacePosterior(
  prior: ItemPrior,
  events: LikeEvents,
  start: Float64Array = prior.mean,
): ItemPosterior {
  const d = prior.mean.length;
  let mean = events.liked.length > 0 ? start.slice() : prior.mean.slice();
  let value = logDensity(prior, events, mean);
  for (let step = 0; step < MOST_STEPS && events.liked.length > 0; step++) {
    const { gradient, hessian } = derivatives(prior, events, mean);
    solveSpdInPlace(hessian, gradient);
    const before = value;
    for (let rate = 1; rate > 1e-4; rate /= 2) {
      const next = mean.map((w, k) => w + rate * gradient[k]!);
      const reached = logDensity(prior, events, next);
      if (reached < value) continue;
      [mean, value] = [next, reached];
      break;
    }
    if (value - before < TOLERANCE * (1 + Math.abs(value))) break;
  }
  return { mean, covariance: invertSpd(derivatives(prior, events, mean).hessian, d) };
}

/** Up to a constant. */
function logDensity(
  { mean, precision }: ItemPrior,
  { phi, liked, weights, offset }: LikeEvents,
  w: Float64Array,
): number {
  const d = w.length;
  let sum = 0;
  for (let a = 0; a < d; a++)
    for (let b = 0; b < d; b++) sum -= 0.5 * (w[a]! - mean[a]!) * precision[a * d + b]! * (w[b]! - mean[b]!);
  for (let j = 0; j < liked.length; j++) {
    const odds = dotAt(phi, j * d, w) + (offset?.[j] ?? 0);
    sum -= (weights?.[j] ?? 1) * softplus(liked[j] === 1 ? -odds : odds);
  }
  return sum;
}

/** Gradient of the log density, and the negative of its Hessian. */
function derivatives(
  { mean, precision }: ItemPrior,
  { phi, liked, weights, offset }: LikeEvents,
  w: Float64Array,
): { gradient: Float64Array; hessian: Float64Array } {
  const d = w.length;
  const hessian = precision.slice();
  const gradient = new Float64Array(d);
  for (let a = 0; a < d; a++)
    for (let b = 0; b < d; b++) gradient[a]! -= precision[a * d + b]! * (w[b]! - mean[b]!);
  for (let j = 0; j < liked.length; j++) {
    const weight = weights?.[j] ?? 1;
    const p = sigmoid(dotAt(phi, j * d, w) + (offset?.[j] ?? 0));
    addEvent(gradient, hessian, {
      phi,
      at: j * d,
      pull: weight * (liked[j]! - p),
      curve: weight * p * (1 - p),
    });
  }
  return { gradient, hessian };
}

interface EventPart {
  readonly phi: Float64Array;
  readonly at: number;
  readonly pull: number;
  readonly curve: number;
}

/** Lower triangle of the Hessian only. */
function addEvent(gradient: Float64Array, hessian: Float64Array, { phi, at, pull, curve }: EventPart): void {
  const d = gradient.length;
  for (let a = 0; a < d; a++) {
    const x = phi[at + a]!;
    if (x === 0) continue;
    gradient[a]! += pull * x;
    const bent = curve * x;
    for (let b = 0; b <= a; b++) hessian[a * d + b]! += bent * phi[at + b]!;
  }
}

/** `phi[at ..] . w` */
export function dotAt(phi: ArrayLike<number>, at: number, w: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < w.length; k++) sum += phi[at + k]! * w[k]!;
  return sum;
}

export function sigmoid(odds: number): number {
  return 1 / (1 + Math.exp(-odds));
}

function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}
