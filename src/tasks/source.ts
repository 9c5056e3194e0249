import { createRng, type Rng } from "../base/rng.ts";
import type { Interactions } from "../data/dataset.ts";
import type { History } from "../data/query.ts";
import type { Task, TaskConfig } from "./task.ts";

/** How somebody's events become a support and a query, whoever the task is about. */
export interface SourceOptions {
  /** "time": the support is the first events, where it is known when they happened; "random": a seeded sample of them. */
  readonly order: "time" | "random";
  /** What is asked about afterwards: what was liked, or everything. */
  readonly query: "liked" | "all";
  /** Support sizes to draw from; a size is feasible for a subject when a query event remains. */
  readonly shots: readonly number[];
  /** At most this many query events; all by default. */
  readonly maxQuery?: number;
}

/** Subjects (users, items or domains) as tasks, described first and built later. */
export interface TaskSource {
  /** Those for whom at least one support size is feasible: rows of their table. */
  readonly subjects: Int32Array;
  /** All counted events of a subject, oldest first. */
  historyOf(subject: number): History;
  /** One description per given subject, with a support size drawn from the feasible ones. */
  sample(subjects: Int32Array, rng: Rng): TaskConfig[];
  build(config: TaskConfig): Task;
}

export interface Subjects {
  /** Counted events of each, oldest first. */
  readonly histories: readonly History[];
  /** From which value on something is liked. */
  readonly liked: number;
  /** What a task says of its subject besides the events. */
  describe(subject: number): Omit<Task, "support" | "query" | "own" | "time">;
}

/**
 * The one way from events to tasks, which users, items and domains share.
 *
 * @example taskSource({ histories, liked: 4, describe: (row) => ({ id: ids[row] }) }, { order: "random", query: "all", shots: [0, 20] });
 */
export function taskSource({ histories, liked, describe }: Subjects, options: SourceOptions): TaskSource {
  const wanted = (value: number): boolean => options.query === "all" || value >= liked;
  const historyOf = (subject: number): History => histories[subject] as History;
  const feasible = (subject: number): number[] => feasibleShots(historyOf(subject), options, wanted);
  return {
    subjects: Int32Array.from(histories.keys()).filter((subject) => feasible(subject).length > 0),
    historyOf,
    sample: (subjects, rng) =>
      Array.from(subjects, (subject) => {
        const sizes = feasible(subject);
        return { subject, shots: sizes[rng.int(sizes.length)] as number, seed: String(rng.int(2 ** 31)) };
      }),
    build: (config) => ({
      ...describe(config.subject),
      ...splitHistory(historyOf(config.subject), config, { ...options, wanted }),
    }),
  };
}

type Wanted = (value: number) => boolean;

/** Events without times stand in the order of a file, which may be any, by value too: they are asked about at random. */
const isInTime = ({ times }: History, order: SourceOptions["order"]): boolean =>
  order === "time" && times !== undefined;

function feasibleShots(
  history: History,
  { order, shots }: Pick<SourceOptions, "order" | "shots">,
  wanted: Wanted,
): number[] {
  const { values } = history;
  if (!isInTime(history, order)) return shots.filter((k) => k < values.length);
  const last = values.findLastIndex(wanted);
  return shots.filter((k) => k <= last);
}

function splitHistory(
  history: History,
  { shots, seed }: TaskConfig,
  { order, maxQuery, wanted }: SourceOptions & { readonly wanted: Wanted },
): Pick<Task, "support" | "query" | "own" | "time"> {
  const rows = Array.from(history.items.keys());
  const inTime = isInTime(history, order);
  const ordered = inTime ? rows : createRng(seed).shuffle(rows);
  const later = ordered.slice(shots).filter((row) => wanted(history.values[row] as number));
  const time = inTime ? history.times?.[Math.max(0, shots - 1)] : undefined;
  return {
    support: selectEvents(history, ordered.slice(0, shots)),
    query: selectEvents(history, later.slice(0, maxQuery)),
    own: history,
    ...(time === undefined ? {} : { time }),
  };
}

/** The given events of a history, in the given order. */
export function selectEvents(history: History, rows: ArrayLike<number>): History {
  const { items, values, times, users, weights, unknown, asked } = history;
  return {
    items: Int32Array.from(rows, (row) => items[row] as number),
    values: Float32Array.from(rows, (row) => values[row] as number),
    ...(times && { times: Float64Array.from(rows, (row) => times[row] as number) }),
    ...(users && { users: Int32Array.from(rows, (row) => users[row] as number) }),
    ...(weights && { weights: Float32Array.from(rows, (row) => weights[row] as number) }),
    ...(unknown && { unknown: Uint8Array.from(rows, (row) => unknown[row] as number) }),
    ...(asked && { asked: Uint8Array.from(rows, (row) => asked[row] as number) }),
  };
}

/** Interactions as one history; `who` says whether the events carry their users. */
export function eventsOf({ item, value, time, user }: Interactions, who: "with users" | "without"): History {
  return {
    items: item,
    values: value,
    ...(time === undefined ? {} : { times: time }),
    ...(who === "with users" && { users: user }),
  };
}
