import { aucFigure } from "./auc-figure.ts";
import type { Figure, PooledMetric } from "./metric.ts";
import { type Prediction, predictionRecord, predictionsIn } from "./pooled.ts";

/**
 * The chance that a liked prediction of any task stands above one of any task that is not liked, ties half
 * (Mann-Whitney over the predictions of all tasks): probabilities must be comparable between people, which the mean of
 * `auc` over tasks does not ask for.
 */
export const aucPooled: PooledMetric = {
  name: "auc_pooled",
  reads: "probability",
  depth: 0,
  record: predictionRecord,
  pool: ofRecords,
};

function ofRecords(records: readonly Float64Array[]): Figure {
  const predictions = predictionsIn(records);
  return aucFigure({
    probability: predictions.map(({ probability }) => probability),
    liked: predictions.map(({ liked }) => liked),
    owner: records.flatMap((record, task) => new Array<number>(record.length / 2).fill(task)),
  });
}

/** A threshold on the probability and what it lets through. */
export interface RocPoint {
  /** Predictions at or above it are taken for likes; infinite for the point where none is. */
  readonly threshold: number;
  /** Share of the others taken for likes. */
  readonly falsePositiveRate: number;
  /** Share of the likes taken for likes. */
  readonly truePositiveRate: number;
}

/**
 * The ROC curve of all predictions of a group, from (0, 0) to (1, 1), a point a distinct probability; thinned to about
 * `points` of them when given. Empty when all predictions are liked or none is.
 *
 * @example rocCurve(predictionsIn(group.pooled.auc_pooled.records), 200);
 */
export function rocCurve(predictions: readonly Prediction[], points: number = Infinity): RocPoint[] {
  const sorted = [...predictions].sort((a, b) => b.probability - a.probability);
  const likes = sorted.filter(({ liked }) => liked === 1).length;
  const others = sorted.length - likes;
  if (likes === 0 || others === 0) return [];
  const curve: RocPoint[] = [{ threshold: Infinity, falsePositiveRate: 0, truePositiveRate: 0 }];
  let won = 0;
  sorted.forEach(({ probability, liked }, at) => {
    won += liked;
    if (sorted[at + 1]?.probability === probability) return;
    const lost = at + 1 - won;
    curve.push({
      threshold: probability,
      falsePositiveRate: lost / others,
      truePositiveRate: won / likes,
    });
  });
  const step = Math.max(1, Math.ceil(curve.length / points));
  return curve.filter((_, at) => at % step === 0 || at === curve.length - 1);
}
