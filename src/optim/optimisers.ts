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

interface LearningRate {
  readonly learningRate: number | Schedule;
}

interface Decay {
  readonly weightDecay: number;
  readonly mask?: (path: string) => boolean;
}

/**
 * Stochastic gradient descent, with momentum when `momentum > 0`: heavy-ball, or Nesterov's.
 *
 * @example const [updates, next] = sgd({ learningRate: 0.1 }).update(grads, state, params);
 */
export function sgd(
  options: LearningRate & { readonly momentum?: number; readonly nesterov?: boolean },
): Transform {
  const { learningRate, momentum = 0, nesterov = false } = options;
  const step = scaleByLearningRate(learningRate);
  return momentum === 0 ? chain(step) : chain(accumulateMomentum(momentum, { nesterov }), step);
}

/** Adam (Kingma and Ba 2015, alg. 1). */
export function adam(options: LearningRate & AdamMoments): Transform {
  return chain(scaleByAdam(options), scaleByLearningRate(options.learningRate));
}

/** Adam with decoupled weight decay: each step also takes `learningRate * weightDecay * p` off a parameter
 * (Loshchilov and Hutter 2019, alg. 2). `mask` says by path which leaves decay. */
export function adamW(options: LearningRate & AdamMoments & Decay): Transform {
  return chain(
    scaleByAdam(options),
    addDecayedWeights(options.weightDecay, options.mask),
    scaleByLearningRate(options.learningRate),
  );
}

/** Adagrad: every element's steps shrink with the root of its own sum of squares (Duchi et al. 2011). */
export function adagrad(options: LearningRate & AdagradSums): Transform {
  return chain(scaleByAdagrad(options), scaleByLearningRate(options.learningRate));
}

/**
 * LAMB: Adam with decoupled decay, each layer's update brought to the norm of its parameters, so that large batches
 * can take large learning rates (You et al. 2020, alg. 2). `epsilon` is 1e-6 by default, as there.
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
