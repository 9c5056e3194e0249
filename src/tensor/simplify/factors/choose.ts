import type { Tensor } from "../../tensor.ts";
import { type Known, sharing } from "../equal.ts";
import type { Cluster } from "./clusters.ts";
import { combined } from "./linear.ts";
import { priceOf } from "./price.ts";
import { multipliedOut, plain, type Terms } from "./terms.ts";

/** A rewriting must be cheaper by this factor, or errors of the estimate would rewrite to and fro. */
const CLEARLY = 0.98;

/** What each result of a cluster becomes. */
export type Replacements = ReadonlyMap<Tensor, Tensor>;

/**
 * The results of a cluster computed in the cheapest way found, or `undefined` where that is the way they are computed
 * now. Tries sums for all matrices first; then forms, one by one, those that pay for it.
 */
export function cheapest(cluster: Cluster, known: Known): Replacements | undefined {
  const outside = (node: Tensor): boolean => known.nodes.has(node) && !known.except.has(node);
  const results = new Set(cluster.results);
  const build = builder(cluster, sharing(known));
  const attempt = (formed: ReadonlySet<Tensor>): Attempt => {
    const built = build(formed);
    const price = priceOf(built.values(), (node) => outside(node) || results.has(node));
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

/** Computes everything that a cluster is there for, with these matrices formed and all others kept as sums. */
function builder(
  { members, needed, uses }: Cluster,
  share: (x: Tensor) => Tensor,
): (formed: ReadonlySet<Tensor>) => Replacements {
  const sumOf = remember<readonly (Terms | undefined)[], Terms>((matrix, parts) =>
    combined(matrix, (x) => parts[matrix.inputs.indexOf(x)] ?? plain(x)),
  );
  const valueOf = remember<Terms, Tensor>((matrix, sum) => share(multipliedOut(sum, matrix.shape)));
  const formedOf = remember<Terms, Terms>((matrix, sum) => plain(valueOf(matrix, sum)));
  const usedOf = remember<Terms, readonly (readonly [Tensor, Tensor])[]>((matrix, sum) =>
    (uses.get(matrix) ?? []).map((use) => [use.result, share(use.build(sum))]),
  );
  return (formed) => {
    const terms = new Map<Tensor, Terms>();
    const built = new Map<Tensor, Tensor>();
    for (const matrix of members) {
      const parts = matrix.inputs.map((x) => terms.get(x));
      const sum = sumOf(matrix, parts);
      const kept = formed.has(matrix) ? formedOf(matrix, sum) : sum;
      terms.set(matrix, kept);
      if (needed.has(matrix)) built.set(matrix, valueOf(matrix, sum));
      for (const [result, by] of usedOf(matrix, kept)) built.set(result, by);
    }
    return built;
  };
}

/** Remembers what was made of a matrix and the same sums: two attempts differ in few of them. */
function remember<Of extends readonly unknown[], Made>(
  make: (matrix: Tensor, of: Of) => Made,
): (matrix: Tensor, of: Of) => Made {
  const known = new Map<Tensor, { readonly of: Of; readonly made: Made }[]>();
  return (matrix, of) => {
    const list = known.get(matrix) ?? [];
    const found = list.find((entry) => entry.of === of || sameItems(entry.of, of));
    if (found !== undefined) return found.made;
    const made = make(matrix, of);
    known.set(matrix, [...list, { of, made }]);
    return made;
  };
}

function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((x, i) => x === b[i]);
}
