/** Why a row was left out. */
export type DropReason =
  | "missing field"
  | "too many fields"
  | "bad number"
  | "bad time"
  | "out of scale"
  | "duplicate"
  | "wrong encoding"
  | "not JSON"
  | "unterminated quote";

/** One offending row. `line` counts from 1 (in Parquet: the row). */
export interface Offence {
  readonly line: number;
  readonly text: string;
}

export interface Dropped {
  readonly reason: DropReason;
  readonly count: number;
  /** The first few. */
  readonly first: readonly Offence[];
}

/** Cells of a numeric attribute that held something else: the row is kept, the value is missing. */
export interface Unreadable {
  readonly column: string;
  readonly count: number;
  readonly first: readonly Offence[];
}

/** What cleaning did to one file; blank lines and the header are not rows. */
export interface FileReport {
  readonly file: string;
  readonly read: number;
  readonly kept: number;
  readonly dropped: readonly Dropped[];
  readonly unreadable?: readonly Unreadable[];
}

export interface CleaningReport {
  readonly events: FileReport;
  readonly users?: FileReport;
  readonly items?: FileReport;
  /** Users and items that only the events name: they are there, with missing features. */
  readonly addedUsers: number;
  readonly addedItems: number;
}

/** Counts rows and keeps the first offenders. */
export interface Tally {
  row(): void;
  drop(reason: DropReason, line: number, text: string): void;
  unreadable(column: string, line: number, text: string): void;
  report(file: string): FileReport;
}

const examples = 3;
const widest = 120;

/** @example const tally = createTally(); tally.row(); tally.drop("bad number", 7, "1::2::x"); tally.report("a.dat"); */
export function createTally(): Tally {
  const dropped = createOffences<DropReason>();
  const unreadable = createOffences<string>();
  let read = 0;
  return {
    row: () => {
      read++;
    },
    drop: dropped.add,
    unreadable: unreadable.add,
    report: (file) => {
      const all = [...dropped.entries].map(([reason, entry]) => ({ reason, ...entry }));
      const cells = [...unreadable.entries].map(([column, entry]) => ({ column, ...entry }));
      const kept = all.reduce((left, { count }) => left - count, read);
      const report = { file, read, kept, dropped: all };
      return cells.length === 0 ? report : { ...report, unreadable: cells };
    },
  };
}

interface Offences<Key> {
  readonly entries: ReadonlyMap<Key, { readonly count: number; readonly first: readonly Offence[] }>;
  readonly add: (key: Key, line: number, text: string) => void;
}

function createOffences<Key>(): Offences<Key> {
  const entries = new Map<Key, { count: number; first: Offence[] }>();
  const add = (key: Key, line: number, text: string): void => {
    const entry = entries.get(key) ?? { count: 0, first: [] };
    entries.set(key, entry);
    if (entry.count++ < examples) entry.first.push({ line, text: shorten(text) });
  };
  return { entries, add };
}

/** A line fit for a terminal: no control characters, not endless. */
function shorten(text: string): string {
  const clean = text.replace(/\p{Cc}/gu, (c) => JSON.stringify(c).slice(1, -1));
  return clean.length > widest ? `${clean.slice(0, widest)}…` : clean;
}
