import { ForetasteError } from "../../base/errors.ts";
import type { RunContext } from "../../base/progress.ts";
import { nearest } from "../../base/schema.ts";
import { metaEmb } from "../../evaluate/protocols/meta-emb.ts";
import { pairMetrics } from "../../evaluate/protocols/pair-report.ts";
import { type ProtocolRow, protocols } from "../../evaluate/protocols/protocols.ts";
import { loadData } from "../load-data.ts";
import type { Arena, ArenaRequest, World } from "./arena.ts";
import { loadProtocolData } from "./protocol-data.ts";

/** Every protocol that systems can be compared on. */
export const arenas: readonly Arena[] = [
  ...protocols.map(ofRankings),
  {
    name: "meta-emb",
    title: "New items, cold and after three mini-batches",
    kind: "pairs",
    datasets: ["ml-1m"],
    draws: 3,
    purpose: "full",
    metrics: pairMetrics,
    open: openMetaEmb,
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
    const opened = row.open(data, { seed, draws: request.draws, ...(shots && { shots }) });
    return {
      dataset,
      parts: opened.parts,
      part: (index) => ({ kind: "rankings", protocol: opened.part(index) }),
      inner: (index) => ({ kind: "rankings", protocol: opened.inner(index) }),
    };
  };
  return { name, title, kind: "rankings", datasets, draws, purpose, metrics, open };
}

/** Events from which on an item of the training part is old, and new, when tuning: about as many of each as in the test. */
const inner = { oldFrom: 450, newFrom: 300 };

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
