import type { Ranker } from "../../data/query.ts";
import type { Catalogue } from "../../encoders/catalogue.ts";
import type { Encoder } from "../../encoders/encoder.ts";
import { asRanker } from "../ranker.ts";
import { networkLearner } from "./network.ts";
import type { NetworkConfig } from "./network-config.ts";
import type { NetworkPrior } from "./types.ts";

/** A trained learner on a network whose tasks are people: plain data. */
export interface NetworkParts {
  readonly catalogue: Catalogue;
  readonly people: Encoder;
  readonly config: Partial<NetworkConfig>;
  readonly prior: NetworkPrior;
}

/** It as a ranker: by the rating it expects, or by how likely something is chosen. */
export function networkRanker({ catalogue, people, config, prior }: NetworkParts): Ranker {
  return asRanker(networkLearner(catalogue, people, config), prior);
}
