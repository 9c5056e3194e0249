import type { Rng } from "../../base/rng.ts";
import type { Settings, Space } from "../../base/settings.ts";

/** A finished measurement of settings. Lower is better. */
export interface Measured {
  readonly settings: Settings;
  /** Not a number for a trial that failed. */
  readonly value: number;
}

/** What to try next, given what is known. A pure function: the same history and stream, the same suggestion. */
export type Suggest = (space: Space, history: readonly Measured[], rng: Rng) => Settings;
