import { type AdagradSums, scaleByAdagrad, scaleByTrustRatio } from "./scaling.ts";
import type { Schedule } from "./schedules.ts";
import { chain, type Transform } from "./transform.ts";
import {
  type AdamMoments,
  accumulateMomentum,
  addDecayedWeights,
  scaleByAdam,
  scaleByLearningRate,
} from "./transforms.ts";

/** A learning rate, or one for each step. */
export interface LearningRate {
  readonly learningRate: number | Schedule;
}

/** Decoupled weight decay. */
export interface Decay {
  readonly weightDecay: number;
  /** By dotted path, which leaves decay; all by default. */
  readonly mask?: (path: string) => boolean;
}

/**
 * Stochastic gradient descent: `p <- p - learningRate g`; with momentum `v <- momentum v + g` stands in the place of `g`
 * (heavy-ball, Polyak 1964), or `momentum v + g` of the new `v` (Nesterov, in the form of Sutskever et al. 2013, eq. 7).
 *
 * @param options `momentum` in `[0, 1)`, 0 by default
 * @example
 * const optimiser = sgd({ learningRate: 0.1, momentum: 0.9 });
 * let state = optimiser.init(params);
 * const [updates, next] = optimiser.update(grads, state, params);
 */
export function sgd(
  options: LearningRate & { readonly momentum?: number; readonly nesterov?: boolean },
): Transform {
  const { learningRate, momentum = 0, nesterov = false } = options;
  const step = scaleByLearningRate(learningRate);
  return momentum === 0 ? chain(step) : chain(accumulateMomentum(momentum, { nesterov }), step);
}

/**
 * Adam: `m <- beta1 m + (1 - beta1) g`, `v <- beta2 v + (1 - beta2) g^2`, both divided by the weight they have so far
 * (`1 - beta^t`), and `p <- p - learningRate m / (sqrt(v) + epsilon)` (Kingma and Ba 2015, alg. 1).
 *
 * @param options `beta1` 0.9, `beta2` 0.999 and `epsilon` 1e-8 unless given
 * @example adam({ learningRate: linearWarmup(100, cosineDecay({ from: 1e-3, steps: 2000 })) })
 */
export function adam(options: LearningRate & AdamMoments): Transform {
  return chain(scaleByAdam(options), scaleByLearningRate(options.learningRate));
}

/**
 * Adam with decoupled weight decay: each step also takes `learningRate * weightDecay * p` off a parameter, past the
 * moments (Loshchilov and Hutter 2019, alg. 2).
 *
 * @param options as for {@link adam}; `mask` says by dotted path which leaves decay, all by default
 * @example adamW({ learningRate: 1e-3, weightDecay: 0.01, mask: (path) => !path.endsWith("bias") })
 */
export function adamW(options: LearningRate & AdamMoments & Decay): Transform {
  return chain(
    scaleByAdam(options),
    addDecayedWeights(options.weightDecay, options.mask),
    scaleByLearningRate(options.learningRate),
  );
}

/**
 * Adagrad: every element's steps shrink with the root of its own sum of squares, `s <- s + g^2` and
 * `p <- p - learningRate g / (sqrt(s) + epsilon)` (Duchi et al. 2011, eq. 1, diagonal). For sparse gradients.
 *
 * @param options `initial` is what every `s` starts at, 0 unless given; `epsilon` 1e-10
 * @example adagrad({ learningRate: 0.5 })
 */
export function adagrad(options: LearningRate & AdagradSums): Transform {
  return chain(scaleByAdagrad(options), scaleByLearningRate(options.learningRate));
}

/**
 * LAMB: Adam's direction plus decay, `u = m / (sqrt(v) + epsilon) + weightDecay p`, brought to the length of the layer's
 * parameters: `p <- p - learningRate (|p| / |u|) u`, so that large batches can take large learning rates (You et al.
 * 2020, alg. 2). A leaf is a layer.
 *
 * @param options as for {@link adamW}; `epsilon` is 1e-6 by default, as in the paper
 * @example lamb({ learningRate: cosineDecay({ from: 0.01, steps: 1000 }), weightDecay: 0.01 })
 */
export function lamb(options: LearningRate & AdamMoments & Decay): Transform {
  const { weightDecay, mask, learningRate } = options;
  return chain(
    scaleByAdam({ epsilon: 1e-6, ...options }),
    addDecayedWeights(weightDecay, mask),
    scaleByTrustRatio(),
    scaleByLearningRate(learningRate),
  );
}
