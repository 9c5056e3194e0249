import { ForetasteError } from "../../base/errors.ts";
import type { RunContext } from "../../base/progress.ts";
import { nearest } from "../../base/schema.ts";
import type { Column, Table } from "../../data/dataset.ts";
import type { Matrix } from "../bags.ts";
import type { TextEncoder } from "./text-encoder.ts";

/** Which encoder reads which text columns: all of them unless told. */
export interface EncoderChoice {
  readonly name: string;
  readonly columns?: readonly string[];
}

/**
 * `NAME` or `NAME:column,column`.
 *
 * @throws CONFIG for anything else
 * @example parseEncoderChoice("use-lite:title,plot"); // { name: "use-lite", columns: ["title", "plot"] }
 */
export function parseEncoderChoice(text: string): EncoderChoice {
  const at = text.lastIndexOf(":");
  const [name, list] = at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
  const columns = list?.split(",").map((column) => column.trim());
  if (name.trim() !== "" && columns?.every((column) => column !== "") !== false)
    return { name: name.trim(), ...(columns && { columns }) };
  const expected = "NAME or NAME:column,column, such as use-lite:title,plot";
  throw new ForetasteError("CONFIG", { where: "encoder", expected, got: `"${text}"` });
}

/**
 * Several choices with `+` between them: each adds columns of its own.
 *
 * @throws CONFIG as {@link parseEncoderChoice}
 * @example parseEncoderChoices("use-lite+all-MiniLM-L6-v2:plot");
 */
export function parseEncoderChoices(text: string): EncoderChoice[] {
  return text.split("+").map(parseEncoderChoice);
}

/** The name of the column that holds what an encoder says of another column. */
export function vectorColumn(column: string, encoder: Pick<TextEncoder, "name">): string {
  return `${column} by ${encoder.name}`;
}

/**
 * A table with a column of vectors beside each text column: what a pretrained encoder says of the text, missing where
 * there is none. Every distinct text is encoded once.
 *
 * @param columns which text columns; all of them unless told
 * @throws CONFIG for a column that is none of text, DATA when there is no text at all, CANCELLED
 * @example const items = await withTextVectors(dataset.items, encoder, ["plot"], ctx);
 */
export async function withTextVectors(
  table: Table,
  encoder: TextEncoder,
  columns: readonly string[] | undefined,
  ctx: RunContext,
): Promise<Table> {
  const added: [string, Column][] = [];
  for (const column of textColumns(table, columns)) {
    const texts = table.columns[column]!.values as readonly (string | undefined)[];
    const { data, width } = await vectorsOf(texts, encoder, ctx);
    added.push([vectorColumn(column, encoder), { kind: "vector", width, values: data }]);
  }
  return { ...table, columns: { ...table.columns, ...Object.fromEntries(added) } };
}

function textColumns(table: Table, wanted: readonly string[] | undefined): readonly string[] {
  const isText = (name: string): boolean => table.columns[name]?.kind === "text";
  const texts = Object.keys(table.columns).filter(isText);
  const wrong = wanted?.find((name) => !isText(name));
  if (wrong === undefined && texts.length > 0) return wanted ?? texts;
  const near = wrong === undefined ? undefined : nearest(wrong, texts);
  throw new ForetasteError(wrong === undefined ? "DATA" : "CONFIG", {
    where: "encoder",
    expected: texts.length === 0 ? "items with a text column" : `a text column: ${texts.join(", ")}`,
    got: wrong === undefined ? "none" : `"${wrong}"`,
    ...(near === undefined ? {} : { hint: `Did you mean "${near}"?` }),
  });
}

/**
 * A row of an encoder's vector for each text; NaN where there is none. Every distinct text is encoded once.
 *
 * @throws CANCELLED
 */
export async function vectorsOf(
  texts: readonly (string | undefined)[],
  encoder: TextEncoder,
  ctx: RunContext,
): Promise<Matrix> {
  const distinct = [...new Set(texts.filter((text) => text !== undefined && text.trim() !== ""))] as string[];
  const { data, width } = await encoder.embed(distinct, ctx);
  const place = new Map(distinct.map((text, row) => [text, row]));
  return { data: spread(texts, { data, width }, place), width };
}

function spread(
  texts: readonly (string | undefined)[],
  { data, width }: Matrix,
  place: ReadonlyMap<string, number>,
): Float32Array {
  const values = new Float32Array(texts.length * width).fill(Number.NaN);
  texts.forEach((text, row) => {
    const at = text === undefined ? undefined : place.get(text);
    if (at !== undefined) values.set(data.subarray(at * width, (at + 1) * width), row * width);
  });
  return values;
}
