import type { Figure } from "./metric.ts";

/** Predictions of many tasks, side by side. */
export interface OwnedPredictions {
  readonly probability: ArrayLike<number>;
  /** 1 when it was liked. */
  readonly liked: ArrayLike<number>;
  /** Whose prediction it is: an index into the counts that a figure is asked for. */
  readonly owner: ArrayLike<number>;
}

/**
 * The chance that a liked prediction stands above one that is not, ties half (Mann-Whitney), when what belongs to task
 * `i` counts `counts[i]` times. Sorted once; a call is one pass over the predictions.
 *
 * @example aucFigure({ probability: [0.2, 0.7], liked: [0, 1], owner: [0, 0] })(Int32Array.of(1)); // 1
 */
export function aucFigure({ probability, liked, owner }: OwnedPredictions): Figure {
  const order = Uint32Array.from({ length: probability.length }, (_, at) => at).sort(
    (a, b) => probability[a]! - probability[b]!,
  );
  const owners = Int32Array.from(order, (at) => owner[at]!);
  const labels = Uint8Array.from(order, (at) => liked[at]!);
  const ends = endsOfTies(Float64Array.from(order, (at) => probability[at]!));
  return (counts) => {
    let [below, won, positives] = [0, 0, 0];
    for (let tie = 0, at = 0; tie < ends.length; tie++) {
      let [up, all] = [0, 0];
      for (; at < ends[tie]!; at++) {
        const count = counts[owners[at]!]!;
        up += count * labels[at]!;
        all += count;
      }
      won += up * (below + (all - up) / 2);
      below += all - up;
      positives += up;
    }
    return won / (positives * below);
  };
}

/** Where each run of equal numbers ends. */
function endsOfTies(sorted: Float64Array): Int32Array {
  const last = (_: number, at: number): boolean => at + 1 === sorted.length || sorted[at + 1] !== sorted[at];
  return Int32Array.from(sorted.keys())
    .filter(last)
    .map((at) => at + 1);
}
