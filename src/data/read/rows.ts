import { join } from "node:path";
import { check, ForetasteError } from "../../base/errors.ts";
import type { RunContext } from "../../base/progress.ts";
import type { Cell } from "../cells.ts";
import type { RowSink } from "../clean.ts";
import { columnsOf, type EventsDescription, type TableDescription } from "../description.ts";
import { splitterOf } from "./fields.ts";
import { type LineSink, readLines } from "./lines.ts";
import { readParquet } from "./parquet.ts";

/**
 * Reads one described file into a sink, row by row. Rows that cannot be split are rejected with their line number;
 * blank lines are skipped.
 *
 * @throws ForetasteError NOT_FOUND (no file), DATA (no such column), CANCELLED
 */
export async function readRows(
  description: EventsDescription | TableDescription,
  dir: string,
  sink: RowSink,
  ctx: RunContext,
): Promise<void> {
  const path = join(dir, description.file);
  if (description.format === "parquet") return readParquet(path, columnsOf(description), sink, ctx);
  const reader =
    description.format === "jsonl" ? jsonReader(description, sink) : fieldReader(description, sink);
  await readLines(path, description.encoding ?? "utf-8", reader.line, ctx);
  reader.end();
}

interface LineReader {
  readonly line: LineSink;
  end(): void;
}

function jsonReader(description: EventsDescription | TableDescription, sink: RowSink): LineReader {
  const columns = columnsOf(description);
  const line: LineSink = (text, number, valid) => {
    if (!valid) return sink.reject("wrong encoding", number, text);
    if (text.trim() === "") return;
    const row = parseObject(text);
    if (row === undefined) return sink.reject("not JSON", number, text);
    sink.row(
      columns.map((column) => jsonCell(row[column])),
      number,
      text,
    );
  };
  return { line, end() {} };
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function jsonCell(value: unknown): Cell {
  if (value === undefined || value === null || typeof value === "string") return value ?? undefined;
  return Array.isArray(value) ? value.map(String) : JSON.stringify(value);
}

/** A quoted field may hold this many line ends before it counts as never closed. */
const longestRecord = 100;

interface OpenRecord {
  readonly line: number;
  readonly parts: string[];
}

function fieldReader(description: EventsDescription | TableDescription, sink: RowSink): LineReader {
  const { format, file } = description;
  const split = splitterOf(format as "csv" | "tsv" | "::");
  let positions = description.columns && headerPositions(description, description.columns, file);
  let width = description.columns?.length ?? 0;
  let open: OpenRecord | undefined;

  const record = (fields: readonly string[], number: number, text: string): void => {
    if (positions === undefined) {
      width = fields.length;
      positions = headerPositions(description, fields, `${file}:${number}`);
    } else if (fields.length !== width) {
      sink.reject(fields.length < width ? "missing field" : "too many fields", number, text);
    } else {
      sink.row(
        positions.map((at) => fields[at]),
        number,
        text,
      );
    }
  };
  const giveUp = ({ line: start, parts }: OpenRecord): void => {
    const [first = "", ...later] = parts;
    open = undefined;
    sink.reject("unterminated quote", start, first);
    for (const [i, text] of later.entries()) line(text, start + 1 + i, true);
  };
  const line: LineSink = (text, number, valid) => {
    if (!valid) {
      if (open !== undefined) giveUp(open);
      return sink.reject("wrong encoding", number, text);
    }
    if (open === undefined && text.trim() === "") return;
    const parts = open === undefined ? [text] : [...open.parts, text];
    const start = open?.line ?? number;
    const whole = parts.join("\n");
    const fields = split(whole);
    open = fields === undefined ? { line: start, parts } : undefined;
    if (fields !== undefined) record(fields, start, whole);
    else if (parts.length > longestRecord) giveUp({ line: start, parts });
  };
  return {
    line,
    end: () => {
      while (open !== undefined) giveUp(open);
      if (positions === undefined) throw emptyFile(file);
    },
  };
}

function headerPositions(
  description: EventsDescription | TableDescription,
  header: readonly string[],
  where: string,
): number[] {
  const names = header.map((name) => name.trim());
  return columnsOf(description).map((column) => {
    const at = names.indexOf(column);
    check(at >= 0, "DATA", () => ({
      where,
      expected: `a column "${column}"`,
      got: names.join(", "),
      hint: "Name the columns in its description if the file has no header.",
    }));
    return at;
  });
}

function emptyFile(file: string): ForetasteError {
  return new ForetasteError("DATA", { where: file, expected: "a header and rows", got: "an empty file" });
}
