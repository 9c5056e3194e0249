import type { Query } from "../../data/query.ts";
import type { RowAdamState, State } from "../../optim/index.ts";
import type { Learner } from "../learner.ts";
import type { HostParams } from "../params.ts";
import type { PartName } from "./maml-programs.ts";
import type { MamlTables } from "./maml-tables.ts";

/** What meta-training learns. */
export interface MamlPrior {
  readonly params: HostParams;
  readonly tables: MamlTables;
}

export interface MamlState extends MamlPrior {
  readonly optimiser: State;
  readonly rows: Readonly<Record<PartName, RowAdamState>>;
}

/** The decision layers after the inner loop. */
export interface MamlFitted {
  readonly query: Query;
  /** `[in, out]` and `[out]` a layer. */
  readonly layers: HostParams;
}

export type Maml = Learner<MamlPrior, MamlFitted, MamlState>;
