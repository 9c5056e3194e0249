import { check } from "../../base/errors.ts";
import { createRng } from "../../base/rng.ts";
import type { Dataset } from "../../data/dataset.ts";
import type { History } from "../../data/query.ts";
import { partitionRows } from "../../data/splits/interactions.ts";
import { withTraining } from "../../data/splits/training.ts";
import { domainColumn, domainTasks, domainValues } from "../../tasks/domains.ts";
import { selectEvents } from "../../tasks/source.ts";
import type { PairCase, PairGroup, PairProtocol } from "./pair-protocol.ts";

export interface ColdDomainsOptions {
  readonly seed: number;
  /** Attribute of the items that tells domains apart; the first one of categories unless told. */
  readonly by?: string;
  /** Share of the domains that is cold; .2 unless told. */
  readonly fraction?: number;
  /** Events known of a domain, ascending; 0, 10, 30, 100 unless told. */
  readonly shots?: readonly number[];
  /** Most pairs that a domain is judged on; 1,000 unless told. */
  readonly maxPairs?: number;
  /** Written into the groups; 0 unless told. */
  readonly draw?: number;
}

/** Pairs that a domain has at least. */
const LEAST = 20;

/**
 * Domains are tasks: a seeded share of them loses all its events, those of items that are of a warm domain as well
 * included. A cold domain is met with k events by anybody, and asked about others: who liked what of it. A seeded order of its events decides; those after the most shots are the test events at every
 * number of shots, so the supports are nested and judged on the same pairs. Domains with too few events for that are
 * never cold.
 *
 * @throws CONFIG for an attribute that tells no domains apart, SPLIT when no domain is cold, or none is left
 * @example const protocol = coldDomains(dataset, { seed: 1, by: "genre" });
 */
export function coldDomains(dataset: Dataset, options: ColdDomainsOptions): PairProtocol {
  const { seed, fraction = 0.2, shots = [0, 10, 30, 100], maxPairs = 1000, draw = 0 } = options;
  const column = options.by ?? domainColumn(dataset);
  const most = Math.max(...shots);
  const rng = createRng(seed).split("cold-domains");
  const tasks = domainTasks(dataset, { of: "items", column, order: "random", query: "all", shots: [0] });
  const large = Array.from(tasks.subjects).filter(
    (domain) => tasks.historyOf(domain).items.length >= most + LEAST,
  );
  const cold = rng.split("cold").sample(large, Math.round(fraction * large.length));
  const names = new Set(cold.map((domain) => tasks.names[domain]!));
  const values = domainValues(dataset.items, column);
  const isWarm = (row: number): boolean =>
    !values[dataset.interactions.item[row]!]!.some((name) => names.has(name));
  const { kept } = partitionRows(dataset.interactions, isWarm);
  check(cold.length > 0 && kept.user.length > 0, "SPLIT", () => ({
    where: `protocol cold-domain on ${dataset.name}, by "${column}"`,
    expected: `some of the domains with ${most + LEAST} events cold, and events left to learn from`,
    got: `${cold.length} cold of ${large.length}, ${kept.user.length} events left`,
    hint: "Another attribute may tell more domains apart.",
  }));
  const lives = cold.map((domain) => {
    const id = tasks.names[domain]!;
    const own = tasks.historyOf(domain);
    const order = rng.split(`order ${id}`).shuffle(Int32Array.from(own.items.keys()));
    return lifeOf(id, selectEvents(own, order.slice(0, most + maxPairs)), most);
  });
  const groups = shots.map(
    (k): PairGroup => ({
      state: k === 0 ? "cold" : `after-${k}`,
      shots: k,
      draw,
      cases: lives.map((at) => at(k)),
    }),
  );
  return { name: "cold-domain", scale: dataset.scale, train: withTraining(dataset, kept), groups };
}

/** One domain: the result gives the case after so many events. */
function lifeOf(id: string, events: History, most: number): (shots: number) => PairCase {
  const all = Array.from(events.items.keys());
  const { users = new Int32Array(0), items, values } = selectEvents(events, all.slice(most));
  return (shots) => ({
    id,
    query: { history: selectEvents(events, all.slice(0, shots)) },
    pairs: { users, items },
    values,
  });
}
