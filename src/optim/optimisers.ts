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

/**
 * Stochastic gradient descent, with heavy-ball momentum when `momentum > 0`.
 *
 * @example const [updates, next] = sgd({ learningRate: 0.1 }).update(grads, state, params);
 */
export function sgd(options: LearningRate & { readonly momentum?: number }): Transform {
  const { learningRate, momentum = 0 } = options;
  const step = scaleByLearningRate(learningRate);
  return momentum === 0 ? chain(step) : chain(accumulateMomentum(momentum), step);
}

/** Adam (Kingma and Ba 2015, alg. 1). */
export function adam(options: LearningRate & AdamMoments): Transform {
  return chain(scaleByAdam(options), scaleByLearningRate(options.learningRate));
}

/** Adam with decoupled weight decay: each step also takes `learningRate * weightDecay * p` off a parameter
 * (Loshchilov and Hutter 2019, alg. 2). `mask` says by path which leaves decay. */
export function adamW(
  options: LearningRate &
    AdamMoments & { readonly weightDecay: number; readonly mask?: (path: string) => boolean },
): Transform {
  return chain(
    scaleByAdam(options),
    addDecayedWeights(options.weightDecay, options.mask),
    scaleByLearningRate(options.learningRate),
  );
}
