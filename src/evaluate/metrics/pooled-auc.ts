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
  pool: aucFigure,
};

/** Predictions of all tasks, smallest probability first. */
interface Sorted {
  readonly probability: Float64Array;
  readonly liked: Uint8Array;
  /** Whose prediction it is. */
  readonly task: Int32Array;
}

/** Sorts once; a call is one pass. */
function aucFigure(records: readonly Float64Array[]): Figure {
  const { probability, liked, task } = sortedPredictions(records);
  return (counts) => {
    let [below, above, won] = [0, 0, 0];
    for (let start = 0; start < probability.length; ) {
      let [up, down, at] = [0, 0, start];
      for (; probability[at] === probability[start]; at++) {
        if (liked[at] === 1) up += counts[task[at]!]!;
        else down += counts[task[at]!]!;
      }
      won += up * (below + 0.5 * down);
      below += down;
      above += up;
      start = at;
    }
    return won / (above * below);
  };
}

function sortedPredictions(records: readonly Float64Array[]): Sorted {
  const owners = records.flatMap((record, task) => new Array<number>(record.length / 2).fill(task));
  const all = predictionsIn(records);
  const order = Int32Array.from(all.keys()).sort((a, b) => all[a]!.probability - all[b]!.probability);
  return {
    probability: Float64Array.from(order, (i) => all[i]!.probability),
    liked: Uint8Array.from(order, (i) => all[i]!.liked),
    task: Int32Array.from(order, (i) => owners[i]!),
  };
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
