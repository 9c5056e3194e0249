import { topological } from "../../grad.ts";
import type { Tensor } from "../../tensor.ts";
import { firstOfKey } from "../equal.ts";
import { replace } from "../replace.ts";
import { cheapest } from "./choose.ts";
import { clustersOf } from "./clusters.ts";

/**
 * Keeps matrices as sums of products where that is cheaper than to form them: `h (W - X^T D)` is `h W - (h X^T) D`,
 * and the sum over tasks of `X^T D` is one product of all their rows. An inner loop written with whole weights
 * (`w - rate * gradient`) becomes one that carries its steps as factors, layer by layer as their shapes have it, and so
 * does its derivative. Products with a common factor are added first: `A C + B C` is `(A + B) C`.
 *
 * @param settled names of clusters that are best left as they are; known ones are skipped, new ones are added
 */
export function keepFactors(outputs: readonly Tensor[], settled: Set<string> = new Set()): Tensor[] {
  const nodes = topological(outputs);
  const known = { byKey: firstOfKey(nodes), nodes: new Set(nodes) };
  const instead = new Map<Tensor, Tensor>();
  const touched = new Set<Tensor>();
  for (const cluster of clustersOf(nodes, outputs)) {
    if ([...cluster.own].some((x) => touched.has(x))) continue;
    const name = [...cluster.members, ...cluster.results].map((x) => x.id).join();
    if (settled.has(name)) continue;
    const better = cheapest(cluster, { ...known, except: cluster.own });
    if (better === undefined) settled.add(name);
    if (better === undefined) continue;
    for (const [node, by] of better) instead.set(node, by);
    for (const node of cluster.own) touched.add(node);
  }
  return instead.size === 0 ? [...outputs] : replace(outputs, instead);
}
