/** What somebody did, oldest first: rows of the item table, values on the data set's scale. Columns of equal length. */
export interface History {
  readonly items: Int32Array;
  readonly values: Float32Array;
  /** Unix time in seconds. */
  readonly times?: Float64Array;
  /** Who did it, rows of the user table: of an item's or a domain's events. Absent where all are one person's. */
  readonly users?: Int32Array;
  /** How much an event counts in a loss; 1 each where absent. */
  readonly weights?: Float32Array;
  /** 1 where the item is played as one that nobody has met, in training only; 0 each where absent. */
  readonly unknown?: Uint8Array;
  /** 1 where the event answers a question, so that the item was not the person's choice; 0 each where absent. */
  readonly asked?: Uint8Array;
}

export const emptyHistory: History = { items: new Int32Array(0), values: new Float32Array(0) };

/** The value of one attribute given with a request. */
export type FeatureValue = string | number | readonly string[] | Float32Array;

/**
 * All that is known of a request except the candidates. Cold start is *absent fields*, not a branch: a stranger is
 * `{ history: emptyHistory }`.
 */
export interface Query {
  /** Row of the user table the model was trained with; absent for whoever was not there. */
  readonly user?: number;
  readonly features?: Readonly<Record<string, FeatureValue>>;
  readonly history: History;
  /** When the request is made, unix time in seconds. */
  readonly time?: number;
}

/**
 * What evaluation judges and the service serves, whoever made it (a learner with its prior, a baseline).
 * Batched, because a whole catalogue is scored at once; `topN` (base/ranking) turns scores into a list.
 */
export interface Ranker {
  readonly name: string;
  /** Scores for ranking, higher is better; only their order within one call means something. `[items.length]` */
  score(query: Query, items: Int32Array): Promise<Float32Array>;
  /** Predicted values on the data set's scale, not clipped. Absent where the method predicts none. `[items.length]` */
  rate?(query: Query, items: Int32Array): Promise<Float32Array>;
  /** The predicted distribution of each value, summarised. Absent where the method predicts none. */
  predict?(query: Query, items: Int32Array): Promise<Predicted>;
  /** Probability that each item would be liked. Absent where the method predicts none. `[items.length]` */
  probability?(query: Query, items: Int32Array): Promise<Float32Array>;
}

/** Summaries of predicted distributions on the data set's scale. `[items.length]` each */
export interface Predicted {
  readonly mean: Float32Array;
  /** The value with the least expected absolute error. */
  readonly median: Float32Array;
  /** Ends of the central interval that should hold 90 % of the values. */
  readonly low: Float32Array;
  readonly high: Float32Array;
}

/** A request about one item, or one domain: who would like what of it? Cold is an empty history. */
export interface PairQuery {
  /** Row of the item table, whose attributes are known even when nobody has used it yet; absent for a domain. */
  readonly item?: number;
  /** What the first users thought of the item, or of items of the domain; carries `users`. */
  readonly history: History;
}

/** Pairs of users and items, rows of their tables. Columns of equal length. */
export interface Pairs {
  readonly users: Int32Array;
  readonly items: Int32Array;
}

/** What judges pairs of one item, or one domain, and many users; the mirror image of a `Ranker`. */
export interface PairScorer {
  readonly name: string;
  /** Probability that each of these users would like that item. `[pairs]` */
  probability(query: PairQuery, pairs: Pairs): Promise<Float32Array>;
}
