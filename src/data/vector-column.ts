import { ForetasteError } from "../base/errors.ts";
import { type Cell, cellText, parseNumber } from "./cells.ts";
import type { Column, Table } from "./dataset.ts";

export type VectorColumn = Extract<Column, { readonly kind: "vector" }>;

interface VectorOptions {
  /** Texts that mean "missing". */
  readonly absent: ReadonlySet<string>;
  /** What to call a row in an error, such as `items.csv:7, vector "image"`. */
  readonly where: (row: number) => string;
  /** How many numbers; as many as the first row has unless told. */
  readonly width?: number | undefined;
}

/**
 * Lists of numbers as one column. A vector of another width means that something is wrong with the file, so it is no row
 * to leave out.
 *
 * @throws DATA with the row, the expected width and what is there
 */
export function vectorColumn(cells: readonly Cell[], options: VectorOptions): VectorColumn {
  const vectors = cells.map((cell, row) => parseVector(cell, row, options));
  const width = options.width ?? vectors.find((vector) => vector !== undefined)?.length ?? 0;
  const values = new Float32Array(cells.length * width).fill(Number.NaN);
  vectors.forEach((vector, row) => {
    if (vector === undefined) return;
    if (vector.length !== width)
      throw wrong(options.where(row), `${width} numbers`, `${vector.length} numbers`);
    values.set(vector, row * width);
  });
  return { kind: "vector", values, width };
}

function parseVector(cell: Cell, row: number, { absent, where }: VectorOptions): number[] | undefined {
  const text = cellText(cell);
  if (cell === undefined || (typeof cell === "string" && absent.has(text))) return undefined;
  return listOf(cell, text, where(row)).map((part) => {
    const value = parseNumber(String(part).trim());
    if (typeof value === "number") return value;
    throw wrong(where(row), "numbers", JSON.stringify(part));
  });
}

function listOf(cell: string | readonly string[], text: string, where: string): readonly unknown[] {
  if (typeof cell !== "string") return cell;
  try {
    const list: unknown = JSON.parse(text);
    if (Array.isArray(list)) return list;
  } catch {
    // Said below.
  }
  throw wrong(where, "a list of numbers such as [0.5, -1]", JSON.stringify(text.slice(0, 60)));
}

function wrong(where: string, expected: string, got: string): ForetasteError {
  return new ForetasteError("DATA", { where, expected, got });
}

/**
 * The column `name` of another table, row by row that of the same id; missing where the other table has no such row.
 *
 * @param file of the other table, for the error
 * @throws DATA when the tables have no id in common
 */
export function joinVectors(ids: readonly string[], from: Table, name: string, file: string): VectorColumn {
  const column = from.columns[name] as VectorColumn;
  const { width } = column;
  const rowOf = new Map(from.ids.map((id, row) => [id, row]));
  const values = new Float32Array(ids.length * width).fill(Number.NaN);
  let found = 0;
  ids.forEach((id, row) => {
    const at = rowOf.get(id);
    if (at === undefined) return;
    found++;
    values.set(column.values.subarray(at * width, (at + 1) * width), row * width);
  });
  if (found === 0 && ids.length > 0)
    throw wrong(
      file,
      `ids such as ${JSON.stringify(ids[0])}`,
      `none of ${from.ids.length} rows with a known id`,
    );
  return { kind: "vector", values, width };
}
