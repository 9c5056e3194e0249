import type { FeatureValue, History } from "../data/query.ts";

/**
 * One learning problem: fit one user (or item, or domain) from few examples. `support` is what a learner adapts on,
 * `query` is what it is judged on; they share no event.
 */
export interface Task {
  readonly id: string;
  readonly features?: Readonly<Record<string, FeatureValue>>;
  readonly support: History;
  readonly query: History;
  /** When the query is asked, unix time in seconds. */
  readonly time?: number;
}
