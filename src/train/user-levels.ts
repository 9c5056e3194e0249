import type { Dataset, Table } from "../data/dataset.ts";
import { partitionRows } from "../data/splits/interactions.ts";
import { fitItemMeans } from "../encoders/item-means.ts";
import type { TaskSource } from "../tasks/source.ts";

/** Name of the column; no file has such a one. */
const COLUMN = "level, from events";

/**
 * The user table with how high everybody rates beside what others rate the same items, an attribute like any other: shrunken,
 * in standard deviations, 0 for somebody without events. For learners whose tasks name their users.
 *
 * @param source of tasks about items, or about domains of items
 * @param without subjects whose items have no part in it, so that tasks about them can judge what was learned
 * @example const users = withUserLevels(train, domainTasks(train, options), streams.outerValid);
 */
export function withUserLevels(
  train: Dataset,
  source: Pick<TaskSource, "historyOf">,
  without: Int32Array,
): Table {
  const { users, interactions } = train;
  const left = new Set<number>();
  for (const subject of without) for (const item of source.historyOf(subject).items) left.add(item);
  const isKept = (row: number): boolean => !left.has(interactions.item[row]!);
  const { userLevels } = fitItemMeans({ ...train, interactions: partitionRows(interactions, isKept).kept });
  const values = Float64Array.from(userLevels);
  return { ...users, columns: { ...users.columns, [COLUMN]: { kind: "numeric", values } } };
}
