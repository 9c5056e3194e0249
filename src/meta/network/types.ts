import type { PairQuery, Pairs, Query } from "../../data/query.ts";
import type { RowAdamState, State } from "../../optim/index.ts";
import type { Info, Learner } from "../learner.ts";
import type { HostParams } from "../params.ts";
import type { PartName } from "./part-names.ts";
import type { Parts, Tables } from "./tables.ts";

/** What meta-training learns. */
export interface NetworkPrior {
  /** Of the network and of the method, under those names. */
  readonly params: HostParams;
  readonly tables: Tables;
}

export interface NetworkState extends NetworkPrior {
  readonly optimiser: State;
  readonly rows: Readonly<Record<PartName, RowAdamState>>;
}

/** What adaptation leaves to one task. */
export interface NetworkFitted {
  readonly query: Query;
  readonly fast: HostParams;
  /** The events as the network reads them, and their slots; kept where scores depend on them. */
  readonly support?: Readonly<Record<string, Float32Array>>;
  readonly anchor?: Parts[PartName];
}

/** A learner on a network. Where tasks are about items or domains, `score` asks about the query's own `user`. */
export interface NetworkLearner extends Learner<NetworkPrior, NetworkFitted, NetworkState> {
  /** Fits somebody's events, or those of an item or a domain. */
  adapt(prior: NetworkPrior, query: Query | PairQuery): Promise<[NetworkFitted, Info]>;
  /** Scores of pairs: standardised ratings or log-odds. `[pairs]` */
  scorePairs(prior: NetworkPrior, fitted: NetworkFitted, pairs: Pairs): Promise<Float32Array>;
}
