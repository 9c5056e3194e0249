import { type Column, type Dataset, type Table, valueAt } from "../data/dataset.ts";
import type { FeatureValue, History } from "../data/query.ts";
import { historiesByUser } from "../data/splits/interactions.ts";
import { eventsOf, type SourceOptions, selectEvents, type TaskSource, taskSource } from "./source.ts";

export interface UserTaskOptions extends SourceOptions {
  /** Only events on these items count, as in the protocol that judges the model. `[items]` of 0 and 1 */
  readonly items?: Uint8Array;
}

/** Every person of a training set as a task. */
export interface UserTasks extends TaskSource {
  /** The `subjects`: people for whom at least one support size is feasible. */
  readonly users: Int32Array;
}

/**
 * Turns people into tasks, described first and built later.
 *
 * @example
 * const tasks = userTasks(train, { order: "time", query: "liked", shots: [0, 1, 3, 5, 10] });
 * const batch = tasks.sample(tasks.users, rng).slice(0, 32).map(tasks.build);
 */
export function userTasks(train: Dataset, options: UserTaskOptions): UserTasks {
  const { users, scale } = train;
  const describe = (user: number) => ({
    id: users.ids[user] as string,
    user,
    features: featuresOf(users, user),
  });
  const histories = countedHistories(train, options.items);
  const source = taskSource({ histories, liked: scale.liked, describe }, options);
  return { ...source, users: source.subjects };
}

function countedHistories(train: Dataset, items: Uint8Array | undefined): History[] {
  const { interactions } = train;
  const { offsets, order } = historiesByUser(interactions, train.users.ids.length);
  const all = eventsOf(interactions, "without");
  return train.users.ids.map((_, user) => {
    const rows = order.subarray(offsets[user], offsets[user + 1]);
    return selectEvents(
      all,
      items === undefined ? rows : rows.filter((row) => items[interactions.item[row] as number] === 1),
    );
  });
}

/** The attributes of one row of a table, as they would come with a request; missing ones are absent. */
export function featuresOf(table: Table, row: number): Readonly<Record<string, FeatureValue>> {
  const known = Object.entries(table.columns).flatMap(([name, column]) => {
    const value = valueOf(column, row);
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(known);
}

function valueOf(column: Column, row: number): FeatureValue | undefined {
  const value = valueAt(column, row);
  if (value === undefined || Number.isNaN(value instanceof Float32Array ? value[0] : value)) return undefined;
  return typeof value === "object" && value.length === 0 ? undefined : value;
}
