import type { Scale } from "../../data/dataset.ts";
import type { History, Query } from "../../data/query.ts";
import type { TrainingDataset } from "../../data/splits/training.ts";

/** One request with a known answer. Candidates are distinct and share no item with the query's history. */
export interface Case {
  /** Whose task it is; the same person has the same id in every group and draw. */
  readonly id: string;
  readonly query: Query;
  /** Rows of the item table to be ranked. */
  readonly candidates: Int32Array;
  /** What happened: values are judged on all of it, rankings on what of it is a candidate. */
  readonly truth: History;
}

/** Cases that share a row of the results: a state, a number of shots, a draw. */
export interface Group {
  /** The state, such as "cold-user". */
  readonly state: string;
  readonly shots: number | "all";
  readonly draw: number;
  readonly cases: readonly Case[];
}

/** What is asked of a ranker. Numbers of protocols with different candidates never share a column. */
export interface Protocol {
  readonly name: string;
  readonly candidates: "query set" | "full" | "sampled(99)" | "sampled(999)";
  readonly scale: Scale;
  /** All that a ranker may be fitted on. */
  readonly train: TrainingDataset;
  readonly groups: readonly Group[];
}
