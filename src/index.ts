/**
 * Foretaste as a library: read data, train, judge, compare and tune, load a saved model and recommend.
 *
 * @packageDocumentation
 */
export { type Clock, systemClock } from "./base/clock.ts";
export { ForetasteError } from "./base/errors.ts";
export { type Progress, type RunContext, silentProgress } from "./base/progress.ts";
export type { Range, Settings, Space } from "./base/settings.ts";
export { type Baseline, baselines } from "./baselines/baselines.ts";
export type { Dataset, Interactions, Scale, Table } from "./data/dataset.ts";
export type { SourceDescription } from "./data/description.ts";
export { type JoinedDomains, type JoinOptions, joinDomains } from "./data/join/join.ts";
export {
  emptyHistory,
  type History,
  type PairQuery,
  type PairScorer,
  type Query,
  type Ranker,
} from "./data/query.ts";
export { readDataset } from "./data/read/dataset.ts";
export type { TrainingDataset } from "./data/splits/training.ts";
export { syntheticWorld } from "./data/synthetic.ts";
export { evaluateRanker } from "./evaluate/evaluate.ts";
export type { Evaluation } from "./evaluate/evaluation.ts";
export { gapRows, groupRows } from "./evaluate/group-report.ts";
export { byFeature, byHistoryLength, coldAndWarm, defaultGroupings } from "./evaluate/groupings.ts";
export { coverageCurve } from "./evaluate/metrics/distributions.ts";
export type { Metric, PooledMetric } from "./evaluate/metrics/metric.ts";
export { anyMetricNamed, metricNamed } from "./evaluate/metrics/named.ts";
export { predictionRecord, predictionsIn } from "./evaluate/metrics/pooled.ts";
export { rocCurve } from "./evaluate/metrics/pooled-auc.ts";
export { reliability } from "./evaluate/metrics/probabilities.ts";
export { coldUsersInTime } from "./evaluate/protocols/cold-users-in-time.ts";
export { metaEmb } from "./evaluate/protocols/meta-emb.ts";
export { comparePairs, pairRows } from "./evaluate/protocols/pair-report.ts";
export { evaluatePairs } from "./evaluate/protocols/pairs.ts";
export type { Case, Protocol } from "./evaluate/protocols/protocol.ts";
export { protocolNamed, protocols } from "./evaluate/protocols/protocols.ts";
export { compareToBest, qualityRows } from "./evaluate/report.ts";
export type { BayesHeadParts, LikingHead } from "./meta/bayes/bayes-head.ts";
export {
  type Elicitation,
  elicitation,
  type Question,
  type QuestionOptions,
  type QuestionRule,
} from "./meta/bayes/elicit.ts";
export { fitItemHead, itemHeadScorer } from "./meta/bayes/item-head.ts";
export type { Learner } from "./meta/learner.ts";
export type { Method } from "./meta/network/method.ts";
export { methods } from "./meta/network/methods.ts";
export { asRanker } from "./meta/ranker.ts";
export {
  densityRatios,
  fitDomainClassifier,
  proxyADistance,
} from "./meta/transfer/domain-classifier.ts";
export { givenFeatures } from "./meta/transfer/fine-tune/features.ts";
export { fineTuning } from "./meta/transfer/fine-tune/fine-tune.ts";
export { networkFeatures } from "./meta/transfer/fine-tune/network-features.ts";
export { maximumMeanDiscrepancy } from "./meta/transfer/mmd.ts";
export { projectConflicts } from "./meta/transfer/pcgrad.ts";
export { reverseGradient } from "./meta/transfer/reversal.ts";
export type { Model } from "./models/model.ts";
export { models } from "./models/models.ts";
export { listArtefacts } from "./registry/registry.ts";
export { loadRecommender } from "./serve/load.ts";
export type { Recommender, RecommendRequest } from "./serve/recommender.ts";
export { domainTasks } from "./tasks/domains.ts";
export { itemTasks } from "./tasks/items.ts";
export { catalogueSlices, sliceBetween } from "./tasks/slices.ts";
export { userTasks } from "./tasks/users.ts";
export {
  decodeTensors,
  encodeTensors,
  type StoredTensor,
  type Tensors,
  toFloat32,
} from "./tensor/safetensors/safetensors.ts";
export { arenas } from "./train/compare/arenas.ts";
export {
  type CompareOptions,
  type CompareResult,
  compareSystems,
} from "./train/compare/compare-systems.ts";
export { defaultConfig, parseTrainConfig, type TrainConfig } from "./train/config.ts";
export type { FineTuningRequest, FineTuningResult } from "./train/fine-tune/request.ts";
export { runFineTuning } from "./train/fine-tune/run-fine-tuning.ts";
export { type PairSystem, pairSystemNamed, pairSystems } from "./train/pair-systems.ts";
export { runTraining } from "./train/run-training.ts";
export { type FitOptions, type FittedSystem, type System, systemNamed, systems } from "./train/systems.ts";
export { type DomainDistance, domainDistance } from "./train/transfer/distance.ts";
export { chosenBy, guardVerdicts } from "./train/transfer/guard.ts";
export {
  runTransfer,
  type TransferRequest,
  type TransferResult,
} from "./train/transfer/run-transfer.ts";
export { strategies } from "./train/transfer/strategies.ts";
export type { Strategy } from "./train/transfer/strategy.ts";
export { type TuneOptions, type TuneResult, tuneSystem } from "./train/tune/tune-system.ts";
