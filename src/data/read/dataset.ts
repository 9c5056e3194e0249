import { type RunContext, silentProgress } from "../../base/progress.ts";
import { createEventCleaner, createIds } from "../clean.ts";
import { createTableCleaner, extendTable } from "../clean-table.ts";
import { type Column, createDataset, type Dataset, type Table } from "../dataset.ts";
import type { SourceDescription, TableDescription } from "../description.ts";
import type { CleaningReport, FileReport } from "../report.ts";
import { joinVectors } from "../vector-column.ts";
import { readRows } from "./rows.ts";

export interface ReadResult {
  readonly dataset: Dataset;
  readonly report: CleaningReport;
}

/**
 * Reads and cleans a described data set from a folder. What was left out, and why, is in the report; users and items
 * that only the events name are added with missing features.
 *
 * @throws ForetasteError NOT_FOUND (no such file), DATA (a file is wholly wrong), CANCELLED
 * @example const { dataset, report } = await readDataset(movieTweetings, "../shared/data/movietweetings");
 */
export async function readDataset(
  description: SourceDescription,
  dir: string,
  ctx: RunContext = { progress: silentProgress },
): Promise<ReadResult> {
  const missing = description.missing ?? [];
  const users = await readTable(description.users, dir, missing, ctx);
  const items = await readTable(description.items, dir, missing, ctx);
  const [userIds, itemIds] = [createIds(users.table.ids), createIds(items.table.ids)];
  const cleaner = createEventCleaner({
    description: description.events,
    scale: description.scale,
    users: userIds,
    items: itemIds,
  });
  await readRows(description.events, dir, cleaner, ctx);
  const { interactions, report: events } = cleaner.finish();
  const dataset = createDataset({
    name: description.name,
    users: extendTable(users.table, userIds.list),
    items: extendTable(items.table, itemIds.list),
    interactions,
    scale: description.scale,
    synthetic: false,
  });
  const report: CleaningReport = {
    events,
    ...(users.report && { users: users.report }),
    ...(items.report && { items: items.report }),
    addedUsers: users.report ? userIds.list.length - users.table.ids.length : 0,
    addedItems: items.report ? itemIds.list.length - items.table.ids.length : 0,
  };
  return { dataset, report };
}

/** Users or items of a described file; an empty table when there is none. */
export async function readTable(
  description: TableDescription | undefined,
  dir: string,
  missing: readonly string[],
  ctx: RunContext = { progress: silentProgress },
): Promise<{ table: Table; report?: FileReport }> {
  if (description === undefined) return { table: { ids: [], columns: {} } };
  const { table, report } = await readOwnTable(description, dir, missing, ctx);
  const joined: Record<string, Column> = {};
  for (const [name, { column, width, from }] of Object.entries(description.features)) {
    if (from === undefined) continue;
    const feature = { column, kind: "vector", ...(width !== undefined && { width }) } as const;
    const other = await readOwnTable({ ...from, features: { [name]: feature } }, dir, missing, ctx);
    joined[name] = joinVectors(table.ids, other.table, name, from.file);
  }
  return { table: { ids: table.ids, columns: { ...table.columns, ...joined } }, report };
}

async function readOwnTable(
  description: TableDescription,
  dir: string,
  missing: readonly string[],
  ctx: RunContext,
): Promise<{ table: Table; report: FileReport }> {
  const cleaner = createTableCleaner(description, missing);
  await readRows(description, dir, cleaner, ctx);
  return cleaner.finish();
}
