import type { RunContext } from "../../base/progress.ts";
import type { Table } from "../../data/dataset.ts";
import { fitDistMult } from "./distmult.ts";
import { graphOf, type KnowledgeGraph, type Triple } from "./graph.ts";
import { propagate, propagateDefaults } from "./propagate.ts";

interface NodeVectors {
  readonly width: number;
  /** `[nodes, width]`, NaN where nothing is known. */
  readonly values: Float32Array;
}

type GraphEncoder = (graph: KnowledgeGraph, ctx: RunContext) => Promise<NodeVectors>;

/** Encoders of what is known of items, by name. */
export const graphEncoders: Readonly<Record<string, GraphEncoder>> = {
  graph: async (graph) => ({ width: propagateDefaults.width, values: propagate(graph) }),
  distmult: async (graph, ctx) => {
    const { width, nodes } = await fitDistMult(graph, undefined, ctx);
    return { width, values: known(graph, nodes, width) };
  },
};

/**
 * A table of items with a column of vectors, "relations by NAME": where an item stands among all facts. Nobody's events
 * are looked at, so that items which nobody has touched have one as well.
 *
 * @param name one of {@link graphEncoders}
 * @throws DATA when no fact links two items, CANCELLED
 * @example const items = await withGraphVectors(dataset.items, "graph", triplesOf(dataset.items, ["director"]), ctx);
 */
export async function withGraphVectors(
  table: Table,
  name: string,
  triples: readonly Triple[],
  ctx: RunContext,
): Promise<Table> {
  const { width, values } = await graphEncoders[name]!(graphOf(table.ids, triples), ctx);
  const column = { kind: "vector", width, values: values.slice(0, table.ids.length * width) } as const;
  return { ...table, columns: { ...table.columns, [`relations by ${name}`]: column } };
}

/** Nodes without a fact stay as they were drawn: they are missing. */
function known({ heads, tails, nodes }: KnowledgeGraph, vectors: Float32Array, width: number): Float32Array {
  const out = new Float32Array(nodes * width).fill(Number.NaN);
  for (const node of [...heads, ...tails])
    out.set(vectors.subarray(node * width, (node + 1) * width), node * width);
  return out;
}
