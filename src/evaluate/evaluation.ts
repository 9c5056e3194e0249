import type { Protocol } from "./protocols/protocol.ts";

/** One ranker on one group: a value a task for each metric, NaN where the metric is undefined. */
export interface GroupResult {
  readonly state: string;
  readonly shots: number | "all";
  readonly draw: number;
  /** `[tasks]` */
  readonly ids: readonly string[];
  /** `[tasks]` each, in the order of `ids`. */
  readonly metrics: Readonly<Record<string, Float64Array>>;
  /** What each task adds to figures that are no means over tasks; absent when none was asked for. */
  readonly pooled?: Readonly<Record<string, PooledResult>>;
  /** `[tasks]` the group of each person, "" for none, by the name of the grouping; absent without groupings. */
  readonly people?: Readonly<Record<string, readonly string[]>>;
  /** `metrics` again with the items of one group the only used ones: by grouping, group, metric. */
  readonly items?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, Float64Array>>>>>>;
}

export interface PooledResult {
  /** `[tasks]`, empty for a task with nothing to say. */
  readonly records: readonly Float64Array[];
  /** Distinct candidates of all tasks. */
  readonly catalogue: number;
}

/** One ranker on one protocol. */
export interface Evaluation {
  readonly system: string;
  readonly protocol: string;
  readonly candidates: Protocol["candidates"];
  readonly groups: readonly GroupResult[];
}
