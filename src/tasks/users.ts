import type { Rng } from "../base/rng.ts";
import { createRng } from "../base/rng.ts";
import type { Column, Dataset, Table } from "../data/dataset.ts";
import type { FeatureValue, History } from "../data/query.ts";
import { historiesByUser } from "../data/splits/interactions.ts";
import type { Task, TaskConfig } from "./task.ts";

export interface UserTaskOptions {
  /** "time": the support is somebody's first events; "random": a seeded sample of them. */
  readonly order: "time" | "random";
  /** What is asked about afterwards: what the person liked, or everything. */
  readonly query: "liked" | "all";
  /** Support sizes to draw from; a size is feasible for a person when a query event remains. */
  readonly shots: readonly number[];
  /** At most this many query events; all by default. */
  readonly maxQuery?: number;
  /** Only events on these items count, as in the protocol that judges the model. `[items]` of 0 and 1 */
  readonly items?: Uint8Array;
}

/** Every person of a training set as a task. */
export interface UserTasks {
  /** People for whom at least one support size is feasible. */
  readonly users: Int32Array;
  /** All counted events of a person, oldest first. */
  historyOf(user: number): History;
  /** One description per given person, with a support size drawn from the feasible ones. */
  sample(users: Int32Array, rng: Rng): TaskConfig[];
  build(config: TaskConfig): Task;
}

/**
 * Turns people into tasks, described first and built later.
 *
 * @example
 * const tasks = userTasks(train, { order: "time", query: "liked", shots: [0, 1, 3, 5, 10] });
 * const batch = tasks.sample(tasks.users, rng).slice(0, 32).map(tasks.build);
 */
export function userTasks(train: Dataset, options: UserTaskOptions): UserTasks {
  const histories = countedHistories(train, options.items);
  const { liked } = train.scale;
  const wanted = (value: number): boolean => options.query === "all" || value >= liked;
  const feasible = (user: number): number[] => {
    const { values } = histories[user] as History;
    if (options.order === "random") return options.shots.filter((shots) => shots < values.length);
    const last = values.findLastIndex(wanted);
    return options.shots.filter((shots) => shots <= last);
  };
  const people = Int32Array.from(histories.keys()).filter((user) => feasible(user).length > 0);
  const build = (config: TaskConfig): Task =>
    buildTask(train, histories[config.user] as History, { config, options, wanted });
  return {
    users: people,
    historyOf: (user) => histories[user] as History,
    sample: (users, rng) =>
      Array.from(users, (user) => {
        const sizes = feasible(user);
        return { user, shots: sizes[rng.int(sizes.length)] as number, seed: String(rng.int(2 ** 31)) };
      }),
    build,
  };
}

interface BuildOptions {
  readonly config: TaskConfig;
  readonly options: UserTaskOptions;
  readonly wanted: (value: number) => boolean;
}

function buildTask(train: Dataset, history: History, { config, options, wanted }: BuildOptions): Task {
  const rows = Array.from(history.items.keys());
  const order = options.order === "time" ? rows : createRng(config.seed).shuffle(rows);
  const later = order.slice(config.shots).filter((row) => wanted(history.values[row] as number));
  const first = options.order === "time" ? history.times?.[Math.max(0, config.shots - 1)] : undefined;
  return {
    id: train.users.ids[config.user] as string,
    user: config.user,
    features: featuresOf(train.users, config.user),
    support: selectEvents(history, order.slice(0, config.shots)),
    query: selectEvents(history, later.slice(0, options.maxQuery)),
    own: history,
    ...(first === undefined ? {} : { time: first }),
  };
}

function countedHistories(train: Dataset, items: Uint8Array | undefined): History[] {
  const { interactions } = train;
  const { offsets, order } = historiesByUser(interactions, train.users.ids.length);
  const all: History = {
    items: interactions.item,
    values: interactions.value,
    ...(interactions.time === undefined ? {} : { times: interactions.time }),
  };
  return train.users.ids.map((_, user) => {
    const rows = order.subarray(offsets[user], offsets[user + 1]);
    return selectEvents(
      all,
      items === undefined ? rows : rows.filter((row) => items[interactions.item[row] as number] === 1),
    );
  });
}

/** The given events of a history, in the given order. */
export function selectEvents(history: History, rows: ArrayLike<number>): History {
  const { items, values, times, users, weights } = history;
  return {
    items: Int32Array.from(rows, (row) => items[row] as number),
    values: Float32Array.from(rows, (row) => values[row] as number),
    ...(times && { times: Float64Array.from(rows, (row) => times[row] as number) }),
    ...(users && { users: Int32Array.from(rows, (row) => users[row] as number) }),
    ...(weights && { weights: Float32Array.from(rows, (row) => weights[row] as number) }),
  };
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
  const value = column.values[row];
  if (value === undefined || Number.isNaN(value)) return undefined;
  return typeof value === "object" && value.length === 0 ? undefined : value;
}
