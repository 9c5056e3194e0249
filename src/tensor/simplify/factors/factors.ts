import { topological } from "../../grad.ts";
import type { Tensor } from "../../tensor.ts";
import { firstOfKey, type Known, sharing } from "../equal.ts";
import { replace } from "../replace.ts";
import { type Cluster, clustersOf } from "./clusters.ts";
import { combined } from "./linear.ts";
import { priceOf } from "./price.ts";
import { multipliedOut, plain, type Terms } from "./terms.ts";

/** A rewriting must be cheaper by this factor, or errors of the estimate would rewrite to and fro. */
const CLEARLY = 0.98;

type Replacements = ReadonlyMap<Tensor, Tensor>;

/**
 * Keeps matrices as sums of products where that is cheaper than to form them: `h (W - X^T D)` is `h W - (h X^T) D`,
 * and the sum over tasks of `X^T D` is one product of all their rows. An inner loop written with whole weights
 * (`w - rate * gradient`) becomes one that carries its steps as factors, layer by layer as their shapes have it, and so
 * does its derivative.
 */
export function keepFactors(outputs: readonly Tensor[]): Tensor[] {
  const nodes = topological(outputs);
  const known = { byKey: firstOfKey(nodes), nodes: new Set(nodes) };
  const instead = new Map<Tensor, Tensor>();
  const touched = new Set<Tensor>();
  for (const cluster of clustersOf(nodes, outputs)) {
    const own = ownNodes(cluster);
    if ([...own].some((x) => touched.has(x))) continue;
    const better = rewriteCluster(cluster, { ...known, except: own });
    if (better === undefined) continue;
    for (const [node, by] of better) instead.set(node, by);
    for (const node of own) touched.add(node);
  }
  return instead.size === 0 ? [...outputs] : replace(outputs, instead);
}

function ownNodes({ members, uses }: Cluster): Set<Tensor> {
  const used = [...uses.values()].flat().flatMap(({ result, between }) => [result, ...between]);
  return new Set([...members, ...used]);
}

/** Tries all factors first; then forms, one by one, the matrices that pay for it. */
function rewriteCluster(cluster: Cluster, known: Known): Replacements | undefined {
  const share = sharing(known);
  const outside = (node: Tensor): boolean => known.nodes.has(node) && !known.except.has(node);
  const results = new Set(cluster.results);
  const attempt = (formed: ReadonlySet<Tensor>): Attempt => {
    const built = build(cluster, formed, share);
    const price = priceOf([...built.values()], (node) => outside(node) || results.has(node));
    return { formed, built, price };
  };
  let best = attempt(new Set());
  for (const matrix of cluster.choices) {
    const next = attempt(new Set([...best.formed, matrix]));
    if (next.price < best.price) best = next;
  }
  return best.price < priceOf(cluster.results, outside) * CLEARLY ? best.built : undefined;
}

interface Attempt {
  readonly formed: ReadonlySet<Tensor>;
  readonly built: Replacements;
  readonly price: number;
}

/** Everything that the cluster is there for, computed with these matrices formed and all others kept as sums. */
function build(
  { members, needed, uses }: Cluster,
  formed: ReadonlySet<Tensor>,
  share: (x: Tensor) => Tensor,
): Replacements {
  const terms = new Map<Tensor, Terms>();
  const built = new Map<Tensor, Tensor>();
  for (const matrix of members) {
    const sum = combined(matrix, (x) => terms.get(x) ?? plain(x));
    const whole = formed.has(matrix) || needed.has(matrix);
    const value = whole ? share(multipliedOut(sum, matrix.shape)) : undefined;
    if (value !== undefined && needed.has(matrix)) built.set(matrix, value);
    const kept = value !== undefined && formed.has(matrix) ? plain(value) : sum;
    terms.set(matrix, kept);
    for (const use of uses.get(matrix) ?? []) built.set(use.result, share(use.build(kept)));
  }
  return built;
}
