import { ForetasteError } from "../../base/errors.ts";
import type { TrainingDataset } from "../../data/splits/training.ts";
import { coverage90, coverageError, maeMedian, width90 } from "./distributions.ts";
import { auc, f1, hitRate, map, mrr, precision, recall } from "./hits.ts";
import { catalogueCoverage, diversity, gini, longTail, novelty, popularityBias } from "./lists.ts";
import type { Metric, PooledMetric } from "./metric.ts";
import { ndcgBinary, ndcgExp, ndcgLinear } from "./ndcg.ts";
import { aucPooled } from "./pooled-auc.ts";
import { calibrationError, classification, classificationKinds, gauc, logLoss } from "./probabilities.ts";
import { mae, maeRounded, rmse } from "./values.ts";

const plainMetrics: readonly Metric[] = [mae, maeRounded, rmse, auc, maeMedian, coverage90, width90];
const cutMetrics = {
  ndcg_exp: ndcgExp,
  ndcg_linear: ndcgLinear,
  ndcg_binary: ndcgBinary,
  precision,
  recall,
  f1,
  hit_rate: hitRate,
  map,
  mrr,
};
const listMetrics = { novelty, popularity_bias: popularityBias, long_tail: longTail, diversity };
const plainPooled: readonly PooledMetric[] = [logLoss, aucPooled, gauc, coverageError];
const cutPooled = { ece: calibrationError, catalogue_coverage: catalogueCoverage, gini };

/**
 * Finds a metric of one task by its name, such as "mae", "auc" or "ndcg_binary@10".
 *
 * @throws CONFIG when there is no such metric
 * @example metricNamed("ndcg_exp@3").depth; // 3
 */
export function metricNamed(name: string): Metric {
  return plainMetrics.find((metric) => metric.name === name) ?? cut(cutMetrics, name) ?? unknown(name);
}

/** Finds a pooled metric by its name, such as "log_loss", "ece@10", "f1(0.5)" or "gini@10". */
export function pooledNamed(name: string): PooledMetric | undefined {
  const [, kind = "", threshold = ""] = /^(\w+)\((0|1|0?\.\d+|liked)\)$/.exec(name) ?? [];
  if (classificationKinds.includes(kind))
    return classification(kind, threshold === "liked" ? threshold : Number(threshold));
  return plainPooled.find((metric) => metric.name === name) ?? cut(cutPooled, name);
}

/**
 * Finds any metric by its name: those of one task, pooled ones, and those of lists, which need the training data to know
 * what is popular and what items are like ("novelty@10", "diversity@10").
 *
 * @throws CONFIG when there is no such metric
 * @example const metrics = ["ndcg_binary@10", "gini@10", "novelty@10"].map((name) => anyMetricNamed(name, protocol.train));
 */
export function anyMetricNamed(name: string, train: TrainingDataset): Metric | PooledMetric {
  return cut(listMetrics, name, train) ?? pooledNamed(name) ?? metricNamed(name);
}

function cut<Args extends unknown[], M>(
  makers: Readonly<Record<string, (k: number, ...args: Args) => M>>,
  name: string,
  ...args: Args
): M | undefined {
  const [, kind = "", k = ""] = /^(\w+)@([1-9]\d*)$/.exec(name) ?? [];
  return Object.hasOwn(makers, kind) ? makers[kind]?.(Number(k), ...args) : undefined;
}

function unknown(name: string): never {
  const plain = [...plainMetrics, ...plainPooled].map((metric) => metric.name);
  const cuts = Object.keys({ ...cutMetrics, ...listMetrics, ...cutPooled });
  const shares = classificationKinds.map((kind) => `${kind}(threshold)`);
  throw new ForetasteError("CONFIG", {
    where: "metric",
    expected: `${[...plain, ...shares].join(", ")}, or ${cuts.join("@k, ")}@k`,
    got: `"${name}"`,
  });
}
