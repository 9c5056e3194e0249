import { ForetasteError } from "../../base/errors.ts";
import { auc, f1, hitRate, map, mrr, precision, recall } from "./hits.ts";
import type { Metric } from "./metric.ts";
import { ndcgBinary, ndcgExp, ndcgLinear } from "./ndcg.ts";
import { mae, maeRounded, rmse } from "./values.ts";

/**
 * Finds a metric by its name, such as "mae", "auc" or "ndcg_binary@10".
 *
 * @throws CONFIG when there is no such metric
 * @example metricNamed("ndcg_exp@3").depth; // 3
 */
export function metricNamed(name: string): Metric {
  const plain = plainMetrics.find((metric) => metric.name === name);
  if (plain !== undefined) return plain;
  const [, kind = "", k = ""] = /^(\w+)@([1-9]\d*)$/.exec(name) ?? [];
  const make = Object.hasOwn(cutMetrics, kind) ? cutMetrics[kind as keyof typeof cutMetrics] : undefined;
  if (make !== undefined) return make(Number(k));
  throw new ForetasteError("CONFIG", {
    where: "metric",
    expected: `${plainMetrics.map((metric) => metric.name).join(", ")}, or ${Object.keys(cutMetrics).join("@k, ")}@k`,
    got: `"${name}"`,
  });
}

const plainMetrics: readonly Metric[] = [mae, maeRounded, rmse, auc];
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
