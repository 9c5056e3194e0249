/**
 * Foretaste as a library: read data, train, judge, load a saved model and recommend.
 *
 * @packageDocumentation
 */
export { ForetasteError } from "./base/errors.ts";
export { type Progress, type RunContext, silentProgress } from "./base/progress.ts";
export { baselines } from "./baselines/baselines.ts";
export type { Dataset, Interactions, Scale, Table } from "./data/dataset.ts";
export type { SourceDescription } from "./data/description.ts";
export {
  emptyHistory,
  type History,
  type ItemQuery,
  type PairScorer,
  type Query,
  type Ranker,
} from "./data/query.ts";
export { readDataset } from "./data/read/dataset.ts";
export { syntheticWorld } from "./data/synthetic.ts";
export { evaluateRanker } from "./evaluate/evaluate.ts";
export { gapRows, groupRows } from "./evaluate/group-report.ts";
export { byFeature, byHistoryLength, coldAndWarm, defaultGroupings } from "./evaluate/groupings.ts";
export { coverageCurve } from "./evaluate/metrics/distributions.ts";
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
export { asRanker } from "./meta/ranker.ts";
export { listArtefacts } from "./registry/registry.ts";
export {
  decodeTensors,
  encodeTensors,
  type StoredTensor,
  type Tensors,
  toFloat32,
} from "./registry/safetensors.ts";
export { loadRecommender } from "./serve/load.ts";
export type { Recommender, RecommendRequest } from "./serve/recommender.ts";
export { domainTasks } from "./tasks/domains.ts";
export { itemTasks } from "./tasks/items.ts";
export { userTasks } from "./tasks/users.ts";
export { defaultConfig, parseTrainConfig, type TrainConfig } from "./train/config.ts";
export { pairSystemNamed, pairSystems } from "./train/pair-systems.ts";
export { runTraining } from "./train/run-training.ts";
export { type System, systemNamed, systems } from "./train/systems.ts";
