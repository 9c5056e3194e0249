import { check } from "../base/errors.ts";
import type { Dataset, Table } from "../data/dataset.ts";
import { selectRows } from "../data/splits/interactions.ts";
import { eventsOf, type SourceOptions, type TaskSource, taskSource } from "./source.ts";

export interface DomainTaskOptions extends SourceOptions {
  /** Whose attribute tells the domains apart. */
  readonly of: "items" | "users";
  /** Name of the attribute, such as a genre, a country or the source of merged data sets. */
  readonly column: string;
  /** Domains with fewer events are no tasks; all are unless told. */
  readonly minEvents?: number;
}

/** Domains as tasks; a subject is a position in `names`. */
export interface DomainTasks extends TaskSource {
  /** The values of the attribute, in alphabetical order. */
  readonly names: readonly string[];
}

/**
 * Turns domains into tasks: all events whose item (or user) has one value of an attribute. An event belongs to every
 * domain of a list-valued attribute. Its events carry `users`.
 *
 * @throws CONFIG when there is no such attribute, or its values are numbers or text
 * @example const tasks = domainTasks(train, { of: "items", column: "genre", order: "random", query: "all", shots: [10, 100] });
 */
export function domainTasks(train: Dataset, options: DomainTaskOptions): DomainTasks {
  const { interactions, scale } = train;
  const { of, column, minEvents = 1 } = options;
  const values = domainValues(train[of], column);
  const keys = of === "items" ? interactions.item : interactions.user;
  const rows = new Map<string, number[]>();
  keys.forEach((key, row) => {
    for (const name of values[key] ?? []) {
      const own = rows.get(name);
      if (own === undefined) rows.set(name, [row]);
      else own.push(row);
    }
  });
  const names = [...rows.keys()].filter((name) => (rows.get(name)?.length ?? 0) >= minEvents).sort();
  const histories = names.map((name) => historyOf(train, rows.get(name) ?? []));
  const describe = (domain: number) => ({
    id: names[domain] as string,
    features: { [column]: names[domain] as string },
  });
  return { ...taskSource({ histories, liked: scale.liked, describe }, options), names };
}

function historyOf({ interactions }: Dataset, rows: readonly number[]): ReturnType<typeof eventsOf> {
  const { time } = interactions;
  const inTime =
    time === undefined ? rows : rows.toSorted((a, b) => (time[a] as number) - (time[b] as number) || a - b);
  return eventsOf(selectRows(interactions, inTime), "with users");
}

/**
 * The first attribute of the items that can tell domains apart.
 *
 * @throws CONFIG when there is none
 */
export function domainColumn({ name, items }: Dataset): string {
  const found = Object.entries(items.columns).find(
    ([, { kind }]) => kind === "categorical" || kind === "multi",
  );
  check(found !== undefined, "CONFIG", () => ({
    where: `domains of ${name}`,
    expected: "an attribute of categories of the items",
    got: Object.keys(items.columns).join(", ") || "no attributes",
  }));
  return found[0];
}

/** Domains of each row of a table. */
export function domainValues(table: Table, name: string): readonly (readonly string[])[] {
  const column = Object.hasOwn(table.columns, name) ? table.columns[name] : undefined;
  check(column?.kind === "categorical" || column?.kind === "multi", "CONFIG", () => ({
    where: `domain tasks by "${name}"`,
    expected: "an attribute of categories",
    got: column === undefined ? "none of that name" : `one of kind ${column.kind}`,
    hint: `There are ${Object.keys(table.columns).join(", ") || "no attributes"}.`,
  }));
  if (column.kind === "multi") return column.values;
  return column.values.map((value) => (value === undefined ? [] : [value]));
}
