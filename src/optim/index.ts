export { type Arrays, globalNorm, zerosLike } from "./arrays.ts";
export { adam, adamW, sgd } from "./optimisers.ts";
export {
  type RowAdamOptions,
  type RowAdamState,
  type RowGradients,
  type RowOptimiser,
  rowAdam,
} from "./row-adam.ts";
export { constantRate, cosineDecay, linearWarmup, type Schedule } from "./schedules.ts";
export { applyUpdates, chain, type State, type Stateless, stateless, type Transform } from "./transform.ts";
export {
  type AdamMoments,
  type AdamState,
  accumulateMomentum,
  addDecayedWeights,
  clipByGlobalNorm,
  scaleByAdam,
  scaleByLearningRate,
} from "./transforms.ts";
