import type { LogisticInference } from "../../models/logistic.ts";
import { defaultRatingsConfig, type RatingsConfig } from "./ratings-config.ts";

/** Hyper-parameters of the Bayes head for clicks: those of the ratings head, and how the posterior is approximated. */
export interface ClicksConfig extends RatingsConfig {
  readonly inference: LogisticInference;
  /** Closed-form solutions of one adaptation. */
  readonly rounds: number;
}

export const defaultClicksConfig: ClicksConfig = {
  ...defaultRatingsConfig,
  inference: "polya-gamma",
  rounds: 4,
};
