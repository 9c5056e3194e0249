import { auc } from "./hits.ts";
import type { PooledMetric, Ranked, Truth } from "./metric.ts";
import { ofSums, type Prediction, predictionRecord } from "./pooled.ts";

/** Keeps the loss of a wrong certainty finite. */
const SMALLEST = 1e-7;

/** -log p(what happened), in nats, `p` kept within 1e-7 of 0 and 1. @example surprise(0.5, true); // 0.693 */
export function surprise(probability: number, liked: boolean): number {
  const p = Math.min(1 - SMALLEST, Math.max(SMALLEST, probability));
  return -Math.log(liked ? p : 1 - p);
}

/** Mean over all predictions of -log p(what happened), natural logarithm, p kept within 1e-7 of 0 and 1. */
export const logLoss: PooledMetric = ofSums({
  name: "log_loss",
  reads: "probability",
  record: (ranked, truth) =>
    summed(ranked, truth, 2, (sums, probability, liked) => {
      sums[0]! += surprise(probability, liked === 1);
      sums[1]!++;
    }),
  finish: ([loss, count]) => loss! / count!,
});

/**
 * Expected calibration error over `bins` equal bins of the probability: sum_b n_b / n |mean p - share of likes| (Naeini et
 * al. 2015).
 */
export function calibrationError(bins: number): PooledMetric {
  return ofSums({
    name: `ece@${bins}`,
    reads: "probability",
    record: (ranked, truth) =>
      summed(ranked, truth, 3 * bins, (sums, probability, liked) => {
        const bin = 3 * binOf(probability, bins);
        sums[bin]!++;
        sums[bin + 1]! += probability;
        sums[bin + 2]! += liked;
      }),
    finish: (sums) => {
      let [error, count] = [0, 0];
      for (let bin = 0; bin < sums.length; bin += 3) {
        error += Math.abs(sums[bin + 1]! - sums[bin + 2]!);
        count += sums[bin]!;
      }
      return error / count;
    },
  });
}

/** One bar of a reliability diagram. */
export interface ReliabilityBin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** Mean predicted probability; NaN in an empty bin. */
  readonly predicted: number;
  /** Share of likes; NaN in an empty bin. */
  readonly observed: number;
}

/**
 * What came of predictions, by equal bins of the probability.
 *
 * @example reliability(predictionsIn(group.pooled.log_loss.records), 10);
 */
export function reliability(predictions: readonly Prediction[], bins: number): ReliabilityBin[] {
  const sums = new Float64Array(3 * bins);
  for (const { probability, liked } of predictions) {
    const bin = 3 * binOf(probability, bins);
    sums[bin]!++;
    sums[bin + 1]! += probability;
    sums[bin + 2]! += liked;
  }
  return Array.from({ length: bins }, (_, b) => {
    const [count, p, likes] = sums.subarray(3 * b, 3 * b + 3);
    return {
      from: b / bins,
      to: (b + 1) / bins,
      count: count!,
      predicted: p! / count!,
      observed: likes! / count!,
    };
  });
}

/** AUC within each task, weighted by how many of its candidates were used (Zhu et al. 2017). */
export const gauc: PooledMetric = ofSums({
  name: "gauc",
  reads: "ranking",
  depth: Number.POSITIVE_INFINITY,
  record: (ranked, truth) => {
    const value = auc.measure(ranked, truth);
    const weight = truth.graded.size;
    return Number.isNaN(value) ? undefined : Float64Array.of(weight * value, weight);
  },
  finish: ([won, weight]) => won! / weight!,
});

/** The four numbers of a confusion: rightly and wrongly taken for likes, rightly and wrongly not. */
type Confusion = readonly [tp: number, fp: number, tn: number, fn: number];

const shares: Readonly<Record<string, (confusion: Confusion) => number>> = {
  accuracy: ([tp, fp, tn, fn]) => (tp + tn) / (tp + fp + tn + fn),
  precision: ([tp, fp]) => tp / (tp + fp),
  recall: ([tp, , , fn]) => tp / (tp + fn),
  f1: ([tp, fp, , fn]) => (2 * tp) / (2 * tp + fp + fn),
};

/** Names of the shares that {@link classification} knows. */
export const classificationKinds: readonly string[] = Object.keys(shares);

/**
 * Accuracy, precision, recall or F1 over all predictions, those at or above the threshold being taken for likes; with
 * "liked", predicted values from the scale's first like on.
 *
 * @example classification("f1", 0.5).name; // "f1(0.5)"
 */
export function classification(kind: string, threshold: number | "liked"): PooledMetric {
  return ofSums({
    name: `${kind}(${threshold})`,
    reads: threshold === "liked" ? "values" : "probability",
    record: (ranked, truth) => {
      const said = threshold === "liked" ? ranked.predicted : ranked.probability;
      return confusion(said, threshold === "liked" ? truth.scale.liked : threshold, truth);
    },
    finish: ([tp, fp, tn, fn]) => shares[kind]!([tp!, fp!, tn!, fn!]),
  });
}

function confusion(
  said: Float32Array | undefined,
  threshold: number,
  { values, scale }: Truth,
): Float64Array | undefined {
  if (said === undefined || values.length === 0) return undefined;
  const sums = new Float64Array(4);
  for (let i = 0; i < values.length; i++) {
    const [taken, liked] = [said[i]! >= threshold, values[i]! >= scale.liked];
    sums[taken ? (liked ? 0 : 1) : liked ? 3 : 2]!++;
  }
  return sums;
}

function summed(
  ranked: Ranked,
  truth: Truth,
  width: number,
  add: (sums: Float64Array, probability: number, liked: number) => void,
): Float64Array | undefined {
  const record = predictionRecord(ranked, truth);
  if (record === undefined) return undefined;
  const sums = new Float64Array(width);
  for (let i = 0; i < record.length; i += 2) add(sums, record[i]!, record[i + 1]!);
  return sums;
}

function binOf(probability: number, bins: number): number {
  return Math.min(bins - 1, Math.max(0, Math.floor(probability * bins)));
}
