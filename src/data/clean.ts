import { check } from "../base/errors.ts";
import { type Cell, cellText, parseNumber, parseTime, showCells } from "./cells.ts";
import type { Interactions, Scale } from "./dataset.ts";
import { columnsOf, type EventsDescription, type TimeDescription } from "./description.ts";
import { createTally, type DropReason, type FileReport } from "./report.ts";

/** Receives a file row by row: the cells in the order of `columnsOf`, or why the row could not be split. */
export interface RowSink {
  row(cells: readonly Cell[], line: number, text?: string): void;
  reject(reason: DropReason, line: number, text: string): void;
}

/** External ids -> rows; asking for an unknown id adds it. */
export interface Ids {
  readonly list: string[];
  rowOf(id: string): number;
}

/** @example const ids = createIds(["a"]); ids.rowOf("b"); // 1, and ids.list is ["a", "b"] */
export function createIds(known: readonly string[] = []): Ids {
  const list = [...known];
  const rows = new Map(list.map((id, row) => [id, row]));
  return {
    list,
    rowOf: (id) => {
      const found = rows.get(id);
      if (found !== undefined) return found;
      rows.set(id, list.length);
      return list.push(id) - 1;
    },
  };
}

export interface EventCleaner extends RowSink {
  /** The kept events in the order of the file. @throws ForetasteError DATA when nothing was kept */
  finish(): { interactions: Interactions; report: FileReport };
}

export interface EventCleanerOptions {
  readonly description: EventsDescription;
  readonly scale: Scale;
  /** Grown by the ids the events name. */
  readonly users: Ids;
  readonly items: Ids;
}

const pairBase = 2 ** 26;

/**
 * Turns rows of text into interactions. A row with a missing field, a bad number, a bad time or a value out of scale
 * is dropped; of several events of one (user, item) the last one wins.
 */
export function createEventCleaner({ description, scale, users, items }: EventCleanerOptions): EventCleaner {
  const positions = columnPositions(description);
  const tally = createTally();
  const seen = new Map<number, number>();
  const kept: number[] = [];
  const [user, item, value, time, lines]: number[][] = [[], [], [], [], []];
  let firstText: { line: number; text: string } | undefined;

  const drop = (reason: DropReason, line: number, text: string): void => {
    firstText ??= { line, text };
    tally.drop(reason, line, text);
  };
  const row = (cells: readonly Cell[], line: number, text = showCells(cells)): void => {
    tally.row();
    const event = readEvent(cells, positions, description.time, scale);
    if (typeof event === "string") return drop(event, line, text);
    const at = user!.length;
    user!.push(users.rowOf(event.user));
    item!.push(items.rowOf(event.item));
    value!.push(event.value);
    time!.push(event.time);
    lines!.push(line);
    const pair = user![at]! * pairBase + item![at]!;
    const before = seen.get(pair);
    if (before !== undefined) {
      kept[before] = 0;
      drop("duplicate", lines![before]!, `user ${event.user}, item ${event.item}: again on line ${line}`);
    }
    seen.set(pair, at);
    kept.push(1);
  };
  const finish = (): { interactions: Interactions; report: FileReport } => {
    const report = tally.report(description.file);
    checkKept(report, firstText);
    const pick = (column: readonly number[]): number[] => column.filter((_, i) => kept[i] === 1);
    const interactions = {
      user: Int32Array.from(pick(user!)),
      item: Int32Array.from(pick(item!)),
      value: Float32Array.from(pick(value!)),
    };
    if (description.time === undefined) return { interactions, report };
    return { interactions: { ...interactions, time: Float64Array.from(pick(time!)) }, report };
  };
  return {
    row,
    reject: (reason, line, text) => {
      tally.row();
      drop(reason, line, text);
    },
    finish,
  };
}

/** Nothing kept: the file is wholly wrong, and its first row says how. */
export function checkKept(
  report: FileReport,
  first?: { readonly line: number; readonly text: string },
): void {
  const why = report.dropped.map(({ reason, count }) => `${reason} (${count})`).join(", ");
  check(report.kept > 0, "DATA", () => ({
    where: `${report.file}${first === undefined ? "" : `:${first.line}`}`,
    expected: "at least one good row",
    got:
      first === undefined
        ? "an empty file"
        : `none of ${report.read}: ${why}; first ${JSON.stringify(first.text.slice(0, 200))}`,
    hint: "Check format, columns, encoding and scale of its description.",
  }));
}

interface Event {
  readonly user: string;
  readonly item: string;
  readonly value: number;
  readonly time: number;
}

interface Positions {
  readonly user: number;
  readonly item: number;
  readonly value: number;
  readonly time: number;
}

function columnPositions(description: EventsDescription): Positions {
  const columns = columnsOf(description);
  const at = (column: string | undefined): number => (column === undefined ? -1 : columns.indexOf(column));
  const { user, item, value, time } = description;
  return { user: at(user), item: at(item), value: at(value), time: at(time?.column) };
}

function readEvent(
  cells: readonly Cell[],
  at: Positions,
  unit: TimeDescription | undefined,
  scale: Scale,
): Event | DropReason {
  const user = cellText(cells[at.user]);
  const item = cellText(cells[at.item]);
  if (user === "" || item === "") return "missing field";
  const value = at.value < 0 ? 1 : parseNumber(cellText(cells[at.value]));
  if (typeof value === "string") return value;
  if (value < scale.min || value > scale.max) return "out of scale";
  const time = unit === undefined ? 0 : parseTime(cellText(cells[at.time]), unit.unit);
  return typeof time === "string" ? time : { user, item, value, time };
}
