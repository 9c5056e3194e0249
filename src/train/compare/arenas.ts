import { ForetasteError } from "../../base/errors.ts";
import type { RunContext } from "../../base/progress.ts";
import { createRng } from "../../base/rng.ts";
import { nearest } from "../../base/schema.ts";
import type { Dataset } from "../../data/dataset.ts";
import { partitionRows } from "../../data/splits/interactions.ts";
import { type TrainingDataset, withTraining } from "../../data/splits/training.ts";
import { coldDomains } from "../../evaluate/protocols/cold-domains.ts";
import { metaEmb } from "../../evaluate/protocols/meta-emb.ts";
import { pairMetrics } from "../../evaluate/protocols/pair-report.ts";
import type { Protocol } from "../../evaluate/protocols/protocol.ts";
import { numbers, type ProtocolRow, protocols } from "../../evaluate/protocols/protocols.ts";
import { loadData } from "../load-data.ts";
import type { Arena, ArenaRequest, World } from "./arena.ts";
import { loadProtocolData } from "./protocol-data.ts";

/** What is said of predictions, or of lists, besides their quality; of the protocols that stand for the others. */
const more: Readonly<Record<string, readonly string[]>> = {
  melu: ["mae_median", "coverage_90", "width_90", "auc_pooled", "log_loss", "ece@10"],
  "cold-users": ["catalogue_coverage@10", "gini@10", "novelty@10", "diversity@10"],
  // Over the whole list, as the papers on this split say it.
  "cross-domain-sampled": ["mrr@1000"],
  "top-n": ["catalogue_coverage@10", "gini@10", "novelty@10", "diversity@10"],
};

/** Protocols whose draws hide whole people, or items: who is hidden in any draw is left out of tuning. */
const hidden: ReadonlySet<string> = new Set(["cold-users", "cold-items", "generic"]);

/** Every protocol that systems can be compared on. */
export const arenas: readonly Arena[] = [
  ...protocols.map(ofRankings),
  {
    name: "meta-emb",
    title: "New items, cold and after three mini-batches",
    kind: "pairs",
    about: "item",
    datasets: ["ml-1m"],
    draws: 3,
    purpose: "full",
    metrics: pairMetrics,
    more: [],
    open: openMetaEmb,
  },
  {
    name: "cold-domain",
    title: "New domains, by how many events of them anybody has",
    kind: "pairs",
    about: "domain",
    datasets: ["ml-1m", "movietweetings", "ml-latest-small"],
    draws: 3,
    purpose: "full",
    metrics: pairMetrics,
    more: [],
    open: openColdDomains,
  },
];

/** @throws CONFIG with the nearest name when there is none of that name */
export function arenaNamed(name: string): Arena {
  const found = arenas.find((arena) => arena.name === name);
  if (found !== undefined) return found;
  const names = arenas.map((arena) => arena.name);
  const near = nearest(name, names);
  throw new ForetasteError("CONFIG", {
    where: "protocol",
    expected: `one of ${names.join(", ")}`,
    got: `"${name}"`,
    ...(near === undefined ? {} : { hint: `Did you mean ${near}?` }),
  });
}

function ofRankings(row: ProtocolRow): Arena {
  const { name, title, datasets, draws, purpose, metrics } = row;
  const open = async (request: ArenaRequest, context: RunContext): Promise<World> => {
    const { data, dataset } = await loadProtocolData(row.data, request, context);
    const { seed, shots } = request;
    const given = { seed, draws: request.draws, ...(shots && { shots }) };
    const opened = row.open(data, given);
    const parts = Array.from({ length: opened.parts }, (_, part) => part);
    const innerOf = (index: number): Protocol => {
      if (data.kind !== "events" || parts.length === 1 || !hidden.has(name)) return opened.inner(index);
      const known = neverCold(
        data.dataset,
        parts.map((part) => opened.part(part).train),
      );
      return row
        .open({ kind: "events", dataset: known }, { ...given, draws: 1, seed: innerSeed(seed) })
        .part(0);
    };
    return {
      dataset,
      parts: opened.parts,
      part: (index) => ({ kind: "rankings", protocol: opened.part(index) }),
      inner: (index) => ({ kind: "rankings", protocol: innerOf(index) }),
    };
  };
  const said = { name, title, datasets, draws, purpose, metrics, data: row.data };
  return { ...said, kind: "rankings", more: more[name] ?? [], open };
}

/** A seed unlike those of the test. */
function innerSeed(seed: number): number {
  return createRng(seed)
    .split("never cold")
    .int(2 ** 31);
}

/** Events of people and items that are in every training set. */
function neverCold(dataset: Dataset, trains: readonly TrainingDataset[]): Dataset {
  const inAll = (rows: (train: TrainingDataset) => Int32Array): ReadonlySet<number> => {
    const [first = new Set<number>(), ...others] = trains.map((train) => new Set(rows(train)));
    return new Set([...first].filter((row) => others.every((other) => other.has(row))));
  };
  const [users, items] = [inAll((train) => train.warmUsers), inAll((train) => train.warmItems)];
  const { interactions } = dataset;
  const isKept = (row: number): boolean =>
    users.has(interactions.user[row]!) && items.has(interactions.item[row]!);
  return withTraining(dataset, partitionRows(interactions, isKept).kept);
}

/** Events from which on an item of the training part is old, and new, when tuning: about as many of each as in the test. */
const inner = { oldFrom: 450, newFrom: 300 };

/** Each draw is a training set of its own, and tuning splits that one again. */
async function openColdDomains(request: ArenaRequest, context: RunContext): Promise<World> {
  const { data, draws, seed, by } = request;
  const { dataset } = await loadData(data, context);
  const { name, synthetic, hash } = dataset;
  const how = { ...numbers(request.shots), ...(by === undefined ? {} : { by }) };
  const part = (draw: number) => coldDomains(dataset, { seed: seed + draw, draw, ...how });
  const inner = (draw: number) =>
    coldDomains(part(draw).train, { seed: innerSeed(seed + draw), draw, ...how });
  return {
    dataset: { name, synthetic, hash },
    parts: draws,
    part: (draw) => ({ kind: "pairs", protocol: part(draw) }),
    inner: (draw) => ({ kind: "pairs", protocol: inner(draw) }),
  };
}

async function openMetaEmb({ data, draws, seed }: ArenaRequest, context: RunContext): Promise<World> {
  const { dataset } = await loadData(data, context);
  const { name, synthetic, hash } = dataset;
  const outer = metaEmb(dataset, { seed, draws });
  return {
    dataset: { name, synthetic, hash },
    parts: 1,
    part: () => ({ kind: "pairs", protocol: outer }),
    inner: () => ({ kind: "pairs", protocol: metaEmb(outer.train, { seed, draws: 1, ...inner }) }),
  };
}
