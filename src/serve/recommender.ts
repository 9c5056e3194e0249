import type { Scale, Table } from "../data/dataset.ts";
import type { FeatureValue } from "../data/query.ts";
import type { Recommendation } from "./contract.ts";

export type { Reason, Recommendation } from "./contract.ts";

/** One thing the person did, by the item's external id. */
export interface HistoryEvent {
  readonly item: string;
  /** On the model's scale; absent when the event carries no opinion. */
  readonly value?: number;
  /** Unix time in seconds. */
  readonly time?: number;
  /** True for the answer to a question: the item was not the person's own choice. */
  readonly asked?: boolean;
}

export interface RecommendRequest {
  /** Oldest first. Items the model does not know are ignored. Empty for a stranger. */
  readonly history: readonly HistoryEvent[];
  /** Length of the list. */
  readonly n: number;
  /** When the request is made, unix time in seconds. */
  readonly time?: number;
  /** External ids of items that must not be in the list. */
  readonly exclude?: ReadonlySet<string>;
  /** External ids of items that the person was asked about and does not know: no question is about them, and they tell which others are not known. */
  readonly unanswered?: ReadonlySet<string>;
  readonly features?: Readonly<Record<string, FeatureValue>>;
}

/** An item to ask somebody about. */
export interface Question {
  readonly id: string;
  readonly title?: string;
  /** What an answer is expected to tell, in units of the rule. */
  readonly worth: number;
}

/** A model ready to answer: what the service and the command line talk to, whoever made it. */
export interface Recommender {
  readonly modelId: string;
  /** The catalogue, with at least a `title` column where titles are known. */
  readonly items: Table;
  readonly scale: Scale;
  /** The best `n` items, best first; the reasons of each sum to its score. */
  recommend(request: RecommendRequest): Promise<readonly Recommendation[]>;
  /** The next `n` items to ask somebody about, where the model can say what an answer would tell. */
  questions?(request: RecommendRequest): Promise<readonly Question[]>;
}
