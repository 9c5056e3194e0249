import { type Cell, cellText, parseNumber } from "./cells.ts";
import { checkKept, type RowSink } from "./clean.ts";
import type { Column, Table } from "./dataset.ts";
import { columnsOf, type FeatureDescription, ownFeatures, type TableDescription } from "./description.ts";
import { createTally, type FileReport } from "./report.ts";
import { vectorColumn } from "./vector-column.ts";

export interface TableCleaner extends RowSink {
  /** @throws ForetasteError DATA when nothing was kept */
  finish(): { table: Table; report: FileReport };
}

/** Turns rows of text into users or items. Of several rows with one id the last one wins. */
export function createTableCleaner(description: TableDescription, missing: readonly string[]): TableCleaner {
  const columns = columnsOf(description);
  const absent = new Set(["", ...missing]);
  const tally = createTally();
  const rows = new Map<string, { cells: readonly Cell[]; line: number }>();
  let first: { line: number; text: string } | undefined;
  const idAt = columns.indexOf(description.id);
  return {
    row: (cells, line, text = "") => {
      tally.row();
      const id = cellText(cells[idAt]);
      if (id === "") {
        first ??= { line, text };
        return tally.drop("missing field", line, text);
      }
      const before = rows.get(id);
      if (before) tally.drop("duplicate", before.line, `id ${id}: again on line ${line}`);
      rows.set(id, { cells, line });
    },
    reject: (reason, line, text) => {
      first ??= { line, text };
      tally.row();
      tally.drop(reason, line, text);
    },
    finish: () => {
      const kept = [...rows.values()];
      const features = ownFeatures(description).map(([name, feature]) => {
        const at = columns.indexOf(feature.column);
        const cells = kept.map((row) => row.cells[at]);
        const unreadable = (row: number, text: string): void => tally.unreadable(name, kept[row]!.line, text);
        const where = (row: number): string => `${description.file}:${kept[row]!.line}, vector "${name}"`;
        return [name, buildColumn(feature, cells, { absent, unreadable, where })] as const;
      });
      const report = tally.report(description.file);
      checkKept(report, first);
      return { table: { ids: [...rows.keys()], columns: Object.fromEntries(features) }, report };
    },
  };
}

interface ColumnOptions {
  /** Texts that mean "missing". */
  readonly absent: ReadonlySet<string>;
  /** Hears of numbers that are none. */
  readonly unreadable: (row: number, text: string) => void;
  /** What to call a row in an error. */
  readonly where: (row: number) => string;
}

/** One attribute from the cells of its column. */
function buildColumn(feature: FeatureDescription, cells: readonly Cell[], options: ColumnOptions): Column {
  const { absent, unreadable, where } = options;
  const strip = feature.strip === undefined ? undefined : new RegExp(feature.strip, "gu");
  const tidy = (text: string): string | undefined => {
    const plain = (strip === undefined ? text : text.replace(strip, "")).trim();
    return absent.has(plain) ? undefined : plain;
  };
  const texts = (): (string | undefined)[] => cells.map((cell) => tidy(cellText(cell)));
  const toNumber = (text: string | undefined, row: number): number => {
    const value = text === undefined ? Number.NaN : parseNumber(text);
    if (typeof value === "number") return value;
    unreadable(row, text ?? "");
    return Number.NaN;
  };
  switch (feature.kind) {
    case "categorical":
      return { kind: "categorical", values: texts() };
    case "text":
      return { kind: "text", values: texts() };
    case "multi":
      return { kind: "multi", values: cells.map((cell) => splitCell(cell, feature.separator, tidy)) };
    case "numeric":
      return { kind: "numeric", values: Float64Array.from(texts(), toNumber) };
    case "vector":
      return vectorColumn(cells, { absent, where, width: feature.width });
    case "year":
      return { kind: "numeric", values: Float64Array.from(texts(), lastYear) };
  }
}

/** Distinct parts in order; a separator inside what `strip` removes does not count. */
function splitCell(
  cell: Cell,
  separator: string | undefined,
  tidy: (text: string) => string | undefined,
): string[] {
  const parts =
    typeof cell === "string" || cell === undefined ? splitText(tidy(cell ?? ""), separator) : cell;
  return [...new Set(parts.map(tidy).filter((part) => part !== undefined))];
}

function splitText(text: string | undefined, separator: string | undefined): readonly string[] {
  if (text === undefined) return [];
  return separator === undefined ? [text] : text.split(separator);
}

/** `NaN` where the text holds no four-digit number. */
function lastYear(text: string | undefined): number {
  return Number(text?.match(/(?<!\d)\d{4}(?!\d)/gu)?.at(-1) ?? Number.NaN);
}

/** The table with `ids` (its own first) and missing values in the new rows. */
export function extendTable(table: Table, ids: readonly string[]): Table {
  const extra = ids.length - table.ids.length;
  if (extra === 0) return table;
  const columns = Object.entries(table.columns).map(([name, column]) => [name, extendColumn(column, extra)]);
  return { ids, columns: Object.fromEntries(columns) as Table["columns"] };
}

function extendColumn(column: Column, extra: number): Column {
  switch (column.kind) {
    case "numeric": {
      const values = new Float64Array(column.values.length + extra).fill(Number.NaN);
      values.set(column.values);
      return { kind: "numeric", values };
    }
    case "vector": {
      const values = new Float32Array(column.values.length + extra * column.width).fill(Number.NaN);
      values.set(column.values);
      return { ...column, values };
    }
    case "multi":
      return { kind: "multi", values: [...column.values, ...new Array<readonly string[]>(extra).fill([])] };
    case "categorical":
    case "text":
      return {
        kind: column.kind,
        values: [...column.values, ...new Array<undefined>(extra).fill(undefined)],
      };
  }
}
