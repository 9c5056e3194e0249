import type { Column, Dataset, Table } from "../dataset.ts";
import { alignColumns } from "./align.ts";
import { idTwins, titleTwins } from "./twins.ts";

/** What of two data sets is known to be the same. */
export interface JoinOptions {
  /** Equal ids of users are the same person; they are strangers unless told. */
  readonly sharedUsers?: boolean;
  /** Equal ids of items are the same item; otherwise items are matched by title and year. */
  readonly sharedItems?: boolean;
  /** Source columns of items by the target columns that mean the same, where names and values do not tell. */
  readonly columns?: Readonly<Record<string, string>>;
}

/** Two data sets whose items are described alike. The target keeps its rows, so its protocols stay as they are. */
export interface JoinedDomains {
  readonly source: Dataset;
  readonly target: Dataset;
  /** The items of both under one set of columns, the source's first; what vocabularies are learned from. */
  readonly items: Table;
  /** Source row of the same item, or -1. `[items of the target]` */
  readonly itemTwins: Int32Array;
  /** Source row of the same person, or -1. `[users of the target]` */
  readonly userTwins: Int32Array;
}

/** Column that says which items are the same in both domains: a value for each pair of twins. */
export const twinColumn: string = "same item";

/**
 * Two data sets as domains of one world: the columns that mean the same get the target's names, the others are left out,
 * and items known to both carry one value in a column of their own. Users, events, scales and times stay apart.
 *
 * @example const joined = joinDomains(movieLens, movieTweetings);
 */
export function joinDomains(source: Dataset, target: Dataset, options: JoinOptions = {}): JoinedDomains {
  const pairs = alignColumns(target.items, source.items, options.columns);
  const renamed = Object.fromEntries(pairs.map(([to, from]) => [to, source.items.columns[from]!]));
  const kept = Object.fromEntries(pairs.map(([to]) => [to, target.items.columns[to]!]));
  const plainSource = { ids: source.items.ids, columns: renamed };
  const plainTarget = { ids: target.items.ids, columns: kept };
  const itemTwins = options.sharedItems
    ? idTwins(target.items, source.items)
    : titleTwins(plainTarget, plainSource);
  const userTwins = options.sharedUsers
    ? idTwins(target.users, source.users)
    : new Int32Array(target.users.ids.length).fill(-1);
  const twins = twinValues(itemTwins, source.items.ids.length);
  const sourceItems = withColumn(plainSource, twinColumn, twins.source);
  const targetItems = withColumn(plainTarget, twinColumn, twins.target);
  return {
    source: { ...source, items: sourceItems },
    target: { ...target, items: targetItems },
    items: stackTables(sourceItems, targetItems),
    itemTwins,
    userTwins,
  };
}

/** A twin's value is the row of the source. */
function twinValues(itemTwins: Int32Array, sources: number): Readonly<Record<"source" | "target", Column>> {
  const values = new Array<string | undefined>(sources).fill(undefined);
  for (const row of itemTwins) if (row >= 0) values[row] = String(row);
  const own = Array.from(itemTwins, (row) => (row < 0 ? undefined : String(row)));
  return {
    source: { kind: "categorical", values },
    target: { kind: "categorical", values: own },
  };
}

/** A table with one more column, or another one of that name. */
export function withColumn({ ids, columns }: Table, name: string, column: Column): Table {
  return { ids, columns: { ...columns, [name]: column } };
}

/** The rows of two tables with the same columns, one below the other. */
export function stackTables(first: Table, second: Table): Table {
  const columns = Object.entries(first.columns).flatMap(([name, column]) => {
    const below = second.columns[name];
    return below === undefined ? [] : [[name, stackColumns(column, below)] as const];
  });
  const ids = [...first.ids.map((id) => `source ${id}`), ...second.ids.map((id) => `target ${id}`)];
  return { ids, columns: Object.fromEntries(columns) };
}

function stackColumns(a: Column, b: Column): Column {
  if (a.kind === "vector" && b.kind === "vector")
    return { ...a, values: Float32Array.from([...a.values, ...b.values]) };
  if (a.kind === "numeric" && b.kind === "numeric")
    return { kind: "numeric", values: Float64Array.from([...a.values, ...b.values]) };
  return { kind: a.kind, values: [...a.values, ...b.values] } as Column;
}
