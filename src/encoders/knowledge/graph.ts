import { check } from "../../base/errors.ts";
import type { Column, Table } from "../../data/dataset.ts";

/** One fact: a head, how it is related, and to what. Heads and tails are ids of items, or anything else. */
export type Triple = readonly [head: string, relation: string, tail: string];

/** Items and what they are related to. The first nodes are the rows of the item table, the others entities. */
export interface KnowledgeGraph {
  readonly items: number;
  readonly nodes: number;
  readonly relations: readonly string[];
  /** `[edges]` each. */
  readonly heads: Int32Array;
  readonly kinds: Int32Array;
  readonly tails: Int32Array;
}

/**
 * The facts that attributes of categories tell: an item is related to each of its values, by the attribute's name.
 *
 * @param columns names of attributes of categories; all of them unless told
 * @throws CONFIG for an attribute that has no categories
 */
export function triplesOf({ ids, columns: all }: Table, columns?: readonly string[]): Triple[] {
  const names = columns ?? Object.keys(all).filter((name) => isCategories(all[name]));
  return names.flatMap((name) => {
    const column = all[name];
    check(isCategories(column), "CONFIG", () => ({
      where: "graph",
      expected: `an attribute of categories: ${Object.keys(all)
        .filter((one) => isCategories(all[one]))
        .join(", ")}`,
      got: `"${name}"`,
      hint: "A file of triples has a name that ends in .tsv.",
    }));
    return ids.flatMap((id, row) => {
      const value = column.values[row];
      const values = typeof value === "string" ? [value] : (value ?? []);
      return values.map((tail): Triple => [id, name, tail]);
    });
  });
}

type Categories = Extract<Column, { kind: "categorical" | "multi" }>;

function isCategories(column: Column | undefined): column is Categories {
  return column?.kind === "categorical" || column?.kind === "multi";
}

/**
 * Joins facts to a graph. Ids of items are items, everything else is an entity by its name, whichever relation names it:
 * somebody who directs and acts is one node. Entities of a single fact link nothing and are left out, and so are facts
 * told twice.
 *
 * @param ids of the items
 * @throws DATA when no fact is left
 * @example const graph = graphOf(["a", "b"], [["a", "by", "Ann"], ["b", "by", "Ann"]]); // 3 nodes, 2 edges
 */
export function graphOf(ids: readonly string[], triples: readonly Triple[]): KnowledgeGraph {
  const told = new Map(triples.map((triple) => [triple.join("\t"), triple]));
  const itemRows = new Map(ids.map((id, row) => [id, row]));
  const facts = linking([...told.values()], itemRows);
  check(facts.length > 0, "DATA", () => ({
    where: "graph",
    expected: "facts that link items, such as directors with two films",
    got: `none among ${triples.length}`,
  }));
  const nodes = new Map(itemRows);
  const node = (name: string): number => {
    const row = nodes.get(name) ?? nodes.size;
    nodes.set(name, row);
    return row;
  };
  const relations = [...new Set(facts.map(([, relation]) => relation))];
  const kindOf = new Map(relations.map((name, kind) => [name, kind]));
  const heads = Int32Array.from(facts, ([head]) => node(head));
  const tails = Int32Array.from(facts, ([, , tail]) => node(tail));
  const kinds = Int32Array.from(facts, ([, relation]) => kindOf.get(relation)!);
  return { items: ids.length, nodes: nodes.size, relations, heads, kinds, tails };
}

/** Without entities that one fact alone names. */
function linking(facts: readonly Triple[], items: ReadonlyMap<string, number>): readonly Triple[] {
  const times = new Map<string, number>();
  for (const [head, , tail] of facts)
    for (const name of [head, tail]) times.set(name, (times.get(name) ?? 0) + 1);
  const links = (name: string): boolean => items.has(name) || times.get(name)! > 1;
  return facts.filter(([head, , tail]) => links(head) && links(tail));
}
