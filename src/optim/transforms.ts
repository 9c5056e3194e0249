import { ForetasteError } from "../base/errors.ts";
import { flatten } from "../tensor/tree.ts";
import { type Arrays, globalNorm, zerosLike, zip } from "./arrays.ts";
import { asSchedule, type Schedule } from "./schedules.ts";
import { type Stateless, stateless, type Transform } from "./transform.ts";

/**
 * `-learningRate(step) g`: the last link of every chain that descends.
 *
 * @example chain(clipByGlobalNorm(1), scaleByLearningRate(0.1)) // SGD with clipping
 */
export function scaleByLearningRate(rate: number | Schedule): Transform<{ readonly step: number }> {
  const schedule = asSchedule(rate);
  return {
    init: () => ({ step: 0 }),
    update: (grads, { step }) => [scale(grads, -schedule(step)), { step: step + 1 }],
  };
}

/**
 * Momentum: `v <- momentum v + g`. Heavy-ball passes `v` on (Polyak 1964); Nesterov looks one step ahead and passes on
 * `momentum v + g` (Sutskever et al. 2013, eq. 7, in the form of Bengio et al. 2013).
 *
 * @example chain(accumulateMomentum(0.9, { nesterov: true }), scaleByLearningRate(0.1))
 */
export function accumulateMomentum(
  momentum: number,
  { nesterov = false }: { readonly nesterov?: boolean } = {},
): Transform<{ readonly velocity: Arrays }> {
  return {
    init: (params) => ({ velocity: zerosLike(params) }),
    update(grads, state) {
      const velocity = zip(grads, state.velocity, (g, v) => blend(v, g, momentum, 1));
      const ahead = (): Arrays => zip(grads, velocity, (g, v) => blend(v, g, momentum, 1));
      return [nesterov ? ahead() : velocity, { velocity }];
    },
  };
}

/** Updates so far, and both moments before bias correction. */
export type AdamState = { readonly step: number; readonly mean: Arrays; readonly variance: Arrays };
/** How fast Adam forgets: 0.9, 0.999 and 1e-8 by default. */
export interface AdamMoments {
  readonly beta1?: number;
  readonly beta2?: number;
  /** Added to the root of the variance estimate, after bias correction. */
  readonly epsilon?: number;
}

/**
 * The direction of Adam, `m / (sqrt(v) + epsilon)` with both moments corrected for their start at zero, not yet times a
 * learning rate (Kingma and Ba 2015, alg. 1).
 *
 * @example chain(scaleByAdam({ beta2: 0.99 }), addDecayedWeights(1e-4), scaleByLearningRate(1e-3))
 */
export function scaleByAdam(options: AdamMoments = {}): Transform<AdamState> {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  return {
    init: (params) => ({ step: 0, mean: zerosLike(params), variance: zerosLike(params) }),
    update(grads, state) {
      const step = state.step + 1;
      const mean = zip(grads, state.mean, (g, m) => blend(m, g, beta1, 1 - beta1));
      const variance = zip(grads, state.variance, (g, v) => blendSquares(v, g, beta2));
      const [first, second] = [1 - beta1 ** step, 1 - beta2 ** step];
      const direction = zip(mean, variance, (m, v) => {
        const out = new Float32Array(m.length);
        for (let i = 0; i < out.length; i++) out[i] = m[i]! / first / (Math.sqrt(v[i]! / second) + epsilon);
        return out;
      });
      return [direction, { step, mean, variance }];
    },
  };
}

/**
 * Adds `weightDecay * parameter` to the leaves that `mask` admits; before the learning rate in a chain this is the
 * decoupled decay of AdamW (Loshchilov and Hutter 2019).
 *
 * @param mask by the dotted path of the leaf; all leaves by default
 * @example addDecayedWeights(1e-4, (path) => !path.endsWith("bias"))
 */
export function addDecayedWeights(
  weightDecay: number,
  mask: (path: string) => boolean = () => true,
): Transform<Stateless> {
  return stateless((grads, params) =>
    zip(grads, params, (g, p, path) => (mask(path) ? blend(p, g, weightDecay, 1) : g)),
  );
}

/**
 * Multiplies the updates of each leaf by a number of its own: layer-wise learning rates.
 *
 * @param factor by the dotted path of the leaf
 * @example chain(scaleByAdam(), scaleLeaves((path) => (path.startsWith("head.") ? 1 : 0.1)), scaleByLearningRate(1e-3))
 */
export function scaleLeaves(factor: (path: string) => number): Transform<Stateless> {
  return stateless((grads) => zip(grads, grads, (g, _, path) => blend(g, g, factor(path), 0)));
}

/**
 * Shrinks all gradients together so that their global norm is at most `max` (Pascanu et al. 2013).
 *
 * @throws NUMERIC when a gradient is not finite; names the leaf
 * @example chain(clipByGlobalNorm(1), adam({ learningRate: 1e-3 }))
 */
export function clipByGlobalNorm(max: number): Transform<Stateless> {
  return stateless((grads) => {
    const norm = globalNorm(grads);
    if (!Number.isFinite(norm)) throw notFinite(grads);
    return norm <= max ? grads : scale(grads, max / norm);
  });
}

/**
 * Brings every element of every gradient into `[-max, max]`.
 *
 * @throws NUMERIC when a gradient is not finite; names the leaf
 * @example chain(clipByValue(5), sgd({ learningRate: 0.1 }))
 */
export function clipByValue(max: number): Transform<Stateless> {
  return stateless((grads) =>
    zip(grads, grads, (g) => {
      if (!g.every(Number.isFinite)) throw notFinite(grads);
      return g.map((x) => Math.min(Math.max(x, -max), max));
    }),
  );
}

function notFinite(grads: Arrays): ForetasteError {
  const bad = flatten<Float32Array>(grads).find(([, leaf]) => leaf.some((x) => !Number.isFinite(x)));
  const where = `gradient of "${bad?.[0] ?? ""}"`;
  const got = String(bad?.[1].find((x) => !Number.isFinite(x)) ?? "a norm beyond float64");
  const hint = "A smaller learning rate usually helps; look at the loss of the steps before.";
  return new ForetasteError("NUMERIC", { where, expected: "finite numbers", got, hint });
}

function scale(tree: Arrays, factor: number): Arrays {
  return zip(tree, tree, (g) => blend(g, g, factor, 0));
}

/** `keep * a + take * b` */
function blend(a: Float32Array, b: Float32Array, keep: number, take: number): Float32Array {
  const out = new Float32Array(a.length);
  for (let i = 0; i < out.length; i++) out[i] = keep * a[i]! + take * b[i]!;
  return out;
}

function blendSquares(v: Float32Array, g: Float32Array, keep: number): Float32Array {
  const out = new Float32Array(v.length);
  for (let i = 0; i < out.length; i++) out[i] = keep * v[i]! + (1 - keep) * g[i]! * g[i]!;
  return out;
}
