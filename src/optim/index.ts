export { type Arrays, globalNorm, zerosLike } from "./arrays.ts";
export {
  type DifferentiableAdamOptions,
  type DifferentiableAdamState,
  type DifferentiableSgdOptions,
  differentiableAdam,
  differentiableSgd,
  type TensorTransform,
} from "./differentiable.ts";
export { adagrad, adam, adamW, type Decay, type LearningRate, lamb, sgd } from "./optimisers.ts";
export {
  type RowAdamOptions,
  type RowAdamState,
  type RowGradients,
  type RowOptimiser,
  rowAdam,
} from "./row-adam.ts";
export { type AdagradSums, scaleByAdagrad, scaleByTrustRatio } from "./scaling.ts";
export { constantRate, cosineDecay, linearWarmup, type Schedule, stepDecay } from "./schedules.ts";
export { applyUpdates, chain, type State, type Stateless, stateless, type Transform } from "./transform.ts";
export {
  type AdamMoments,
  type AdamState,
  accumulateMomentum,
  addDecayedWeights,
  clipByGlobalNorm,
  clipByValue,
  scaleByAdam,
  scaleByLearningRate,
  scaleLeaves,
} from "./transforms.ts";
