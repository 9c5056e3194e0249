import type { Column, Table } from "../../data/dataset.ts";
import type { FeatureValue } from "../../data/query.ts";

/** The attributes of one row of a table, as they would come with a request; missing ones are absent. */
export function featuresOf(table: Table, row: number): Readonly<Record<string, FeatureValue>> {
  const known = Object.entries(table.columns).flatMap(([name, column]) => {
    const value = valueOf(column, row);
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(known);
}

function valueOf(column: Column, row: number): FeatureValue | undefined {
  const value = column.values[row];
  if (value === undefined || Number.isNaN(value)) return undefined;
  return typeof value === "object" && value.length === 0 ? undefined : value;
}
