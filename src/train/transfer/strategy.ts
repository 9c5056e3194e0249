import type { JoinedDomains } from "../../data/join/join.ts";
import type { Ranker } from "../../data/query.ts";
import type { TrainingDataset } from "../../data/splits/training.ts";
import type { TransferFit } from "./fit.ts";
import { knownSource, type TransferWorld, transferWorld, type WorldOptions } from "./world.ts";

/** What a strategy is given: the two domains, what of the target may be learned from, and what is known of the source. */
export interface StrategyRequest extends TransferFit {
  readonly joined: JoinedDomains;
  readonly target: TrainingDataset;
  /** Remembers what depends on the source alone, under a name; other fits use it again. */
  readonly remember: <T>(name: string, make: () => Promise<T>) => Promise<T>;
}

/** One way to use a source domain for a target domain. */
export interface Strategy {
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** Where it comes from. */
  readonly source: string;
  /** True where questions must say who asks: what the person did in the source is looked up. */
  readonly asksWho?: boolean;
  fit(request: StrategyRequest): Promise<Ranker>;
}

/** The source is learned once, whatever is drawn of the target. */
export const SOURCE_SEED = 1;

/** Both domains with the attributes that they came with. */
export function plainWorld(request: StrategyRequest): Promise<TransferWorld> {
  return worldOf(request, "plain");
}

/** Both domains with more columns, under a name of their own. */
export async function worldOf(
  { joined, target, config, remember }: StrategyRequest,
  name: string,
  extra?: WorldOptions["extra"],
): Promise<TransferWorld> {
  const options = { ...(extra && { extra }), seed: SOURCE_SEED };
  const known = await remember(`source ${name}`, async () =>
    knownSource(joined, { ...options, catalogue: config.sourceCatalogue }),
  );
  return transferWorld(joined, target, known, { ...options, catalogue: config.catalogue });
}
