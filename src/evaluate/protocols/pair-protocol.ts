import type { Scale } from "../../data/dataset.ts";
import type { PairQuery, Pairs } from "../../data/query.ts";
import type { TrainingDataset } from "../../data/splits/training.ts";

/** One item, or one domain, at one stage of its life, with pairs whose outcome is known. */
export interface PairCase {
  /** Of the item or the domain, the same in every group and draw where it is asked about. */
  readonly id: string;
  readonly query: PairQuery;
  readonly pairs: Pairs;
  /** What those users thought of those items. */
  readonly values: Float32Array;
}

export interface PairGroup {
  /** The stage, such as "cold". */
  readonly state: string;
  readonly shots: number;
  readonly draw: number;
  readonly cases: readonly PairCase[];
}

/** What is asked of a `PairScorer`. */
export interface PairProtocol {
  readonly name: string;
  readonly scale: Scale;
  /** All that a scorer may be fitted on. */
  readonly train: TrainingDataset;
  readonly groups: readonly PairGroup[];
}
