import { createRng } from "../../base/rng.ts";
import type { KnowledgeGraph } from "./graph.ts";

export interface PropagateConfig {
  readonly width: number;
  /** How much each hop counts: the first reaches an item's entities, the second the items that share them. */
  readonly hops: readonly number[];
  /** beta: a node starts with a length of its degree to this power; below 0 hubs say little. */
  readonly degreePower: number;
  readonly seed: number;
}

export const propagateDefaults: PropagateConfig = {
  width: 128,
  hops: [1, 1, 0.5, 0.5],
  degreePower: -0.5,
  seed: 1,
};

/**
 * Neighbourhood propagation of random signatures (FastRP, Chen et al. 2019): with `R ~ N(0, 1 / width)` for every node and
 * `D` its degree, `X_0 = D^beta R`, `X_k = D^-1 A X_(k-1)`, and a node's vector is `sum_k hops_k X_k / |X_k|`. Two nodes
 * are near each other as far as walks from them end in the same places.
 *
 * @returns `[nodes, width]`, NaN for nodes without an edge
 */
export function propagate(graph: KnowledgeGraph, config: PropagateConfig = propagateDefaults): Float32Array {
  const { width, degreePower, seed } = config;
  const degrees = degreesOf(graph);
  const rng = createRng(seed).split("propagate");
  const start = Float32Array.from({ length: graph.nodes * width }, (_, at) => {
    const degree = degrees[Math.floor(at / width)]!;
    return degree === 0 ? 0 : (degree ** degreePower * rng.normal()) / Math.sqrt(width);
  });
  return propagateFrom(graph, start, config);
}

/** The same from given signatures. `[nodes, width]` */
export function propagateFrom(
  graph: KnowledgeGraph,
  start: Float32Array,
  { width, hops }: Pick<PropagateConfig, "width" | "hops">,
): Float32Array {
  const degrees = degreesOf(graph);
  const out = new Float32Array(start.length);
  let now = start;
  for (const weight of hops) {
    now = hop(graph, now, degrees, width);
    for (let node = 0; node < graph.nodes; node++) addUnit(out, now, { from: node * width, width, weight });
  }
  degrees.forEach((degree, node) => {
    if (degree === 0) out.fill(Number.NaN, node * width, (node + 1) * width);
  });
  return out;
}

function degreesOf({ nodes, heads, tails }: KnowledgeGraph): Float32Array {
  const degrees = new Float32Array(nodes);
  for (const ends of [heads, tails]) for (const node of ends) degrees[node]!++;
  return degrees;
}

/** The mean of each node's neighbours, edges taken both ways. */
function hop(
  { heads, tails }: KnowledgeGraph,
  from: Float32Array,
  degrees: Float32Array,
  width: number,
): Float32Array {
  const to = new Float32Array(from.length);
  heads.forEach((head, edge) => {
    const [a, b] = [head * width, tails[edge]! * width];
    for (let k = 0; k < width; k++) {
      to[a + k]! += from[b + k]!;
      to[b + k]! += from[a + k]!;
    }
  });
  for (let at = 0; at < to.length; at++) to[at]! /= Math.max(1, degrees[Math.floor(at / width)]!);
  return to;
}

interface Place {
  readonly from: number;
  readonly width: number;
  readonly weight: number;
}

/** Adds a node's vector, brought to length `weight`. */
function addUnit(into: Float32Array, table: Float32Array, { from, width, weight }: Place): void {
  let squares = 0;
  for (let at = from; at < from + width; at++) squares += table[at]! ** 2;
  const scale = squares > 0 ? weight / Math.sqrt(squares) : 0;
  for (let at = from; at < from + width; at++) into[at]! += scale * table[at]!;
}
