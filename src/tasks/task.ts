import type { FeatureValue, History } from "../data/query.ts";

/**
 * One learning problem: fit one user (or item, or domain) from few examples. `support` is what a learner adapts on,
 * `query` is what it is judged on; they share no event.
 */
export interface Task {
  readonly id: string;
  /** Row of the user table when the task is a person of the training data. */
  readonly user?: number;
  /** Row of the item table when the task is an item; its events say who did them. */
  readonly item?: number;
  /** Which of several domains that are learned together; 0, the target's, unless told. */
  readonly domain?: number;
  /** Attributes of the person, or of the item of an item task. */
  readonly features?: Readonly<Record<string, FeatureValue>>;
  readonly support: History;
  readonly query: History;
  /** All of the subject's events in training: statistics of training must be corrected for them. */
  readonly own?: History;
  /** When the query is asked, unix time in seconds. */
  readonly time?: number;
}

/** A task described before it is built: plain data, so any episode can be replayed from a record. */
export interface TaskConfig {
  /** Row of whom it is about, in the table of users or items; position of a domain. */
  readonly subject: number;
  readonly shots: number;
  /** Orders the subject's events, where the order is random. */
  readonly seed: string;
}
