/**
 * What travels between the service and its clients, as types only. Clients (the dashboard, a caller in TypeScript)
 * import this file and nothing else of the service; `/openapi.json` says the same to everybody.
 */

/** `POST /v1/events` takes one of these or a list of them. Unknown users and items are created. */
export interface EventInput {
  /** Makes posting twice harmless; made by the service when absent. */
  readonly id?: string;
  readonly user: string;
  readonly item: string;
  /** `rate` (needs a value), `like`, `dislike`, `buy`, `view` or a word of your own. */
  readonly type: string;
  /** On the scale of the model. */
  readonly value?: number;
  /** Unix time in seconds; the moment of arrival when absent. */
  readonly time?: number;
}

export interface EventsAnswer {
  readonly accepted: number;
  /** Events whose id was stored already. */
  readonly duplicates: number;
  /** One id an event, in the order given. */
  readonly ids: readonly string[];
}

/** One addend of a score. */
export interface Reason {
  readonly kind: "event" | "item" | "popularity" | "prior" | "features";
  /** The item of the person's own event, for `event`. */
  readonly item?: string;
  readonly title?: string;
  readonly contribution: number;
}

export interface Recommendation {
  readonly id: string;
  readonly title?: string;
  readonly score: number;
  /** Standard deviation of the score. */
  readonly uncertainty?: number;
  /** Contributions that sum to `score`. */
  readonly reasons: readonly Reason[];
}

/** `GET /v1/users/{id}/recommendations?n=` */
export interface RecommendationsAnswer {
  readonly user: string;
  /** Id of the model that answered. */
  readonly model: string;
  /** How many of the person's events were used. */
  readonly events: number;
  readonly items: readonly Recommendation[];
}

/** `GET /health/ready` */
export interface HealthAnswer {
  readonly status: "ok";
  readonly model: string;
}

/** Every error, as `application/problem+json` (RFC 9457). */
export interface Problem {
  /** A URN that names the kind of error and never changes. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** Names this one request, also in the log of the service. */
  readonly instance: string;
  /** What is wrong in the request, a place each (the first twenty). */
  readonly errors?: readonly ProblemPlace[];
}

export interface ProblemPlace {
  /** Path in the body or the query, such as `[2].value`. */
  readonly where: string;
  readonly expected: string;
  readonly got: string;
}
