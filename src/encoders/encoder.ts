import { ForetasteError } from "../base/errors.ts";
import { type Column, type Table, valueAt } from "../data/dataset.ts";
import type { FeatureValue } from "../data/query.ts";
import { type Bag, type Bags, packBags } from "./bags.ts";
import { encodeNumber, fitNumber, type NumberField } from "./fields/number.ts";
import { encodeSet, fitSet, type SetField } from "./fields/set.ts";
import { encodeText, fitText, type TextField } from "./fields/text.ts";
import { encodeVector, fitVector, type VectorField } from "./fields/vector.ts";

export type Field = SetField | NumberField | TextField | VectorField;

/** How rows of a table become tokens. Plain data: it is saved with the model. */
export interface Encoder {
  readonly fields: readonly { readonly column: string; readonly field: Field }[];
}

export interface EncoderOptions {
  /** A value that fewer training rows carry is unknown. */
  readonly minCount: number;
  /** Knots of a numeric attribute. */
  readonly knots: number;
  /** Hash buckets of a text attribute. */
  readonly buckets: number;
  /** Columns left out. */
  readonly except?: readonly string[];
  /** Values of a list are averaged, unknown ones as zeros, instead of summed over the root of their number. */
  readonly average?: boolean;
}

export const defaultEncoderOptions: EncoderOptions = { minCount: 2, knots: 16, buckets: 4096 };

/**
 * Learns vocabularies and knots from the given rows only, so that nothing of a cold item or user leaks in.
 *
 * @param rows rows of `table` that training may see
 */
export function fitEncoder(
  table: Table,
  rows: Int32Array,
  options: EncoderOptions = defaultEncoderOptions,
): Encoder {
  const columns = Object.entries(table.columns).filter(([name]) => !options.except?.includes(name));
  return { fields: columns.map(([column, values]) => ({ column, field: fitField(values, rows, options) })) };
}

function fitField(column: Column, rows: Int32Array, options: EncoderOptions): Field {
  const seen = Array.from(rows, (row) => valueAt(column, row));
  if (column.kind === "vector") return fitVector(seen as Float32Array[], column.width);
  if (column.kind === "numeric") return fitNumber(seen as number[], options.knots);
  if (column.kind === "text")
    return fitText(
      seen.map((value) => String(value ?? "")),
      options,
    );
  return fitSet(
    seen.map((value) => asValues(value)),
    options.minCount,
    options.average,
  );
}

function asValues(value: FeatureValue | undefined): readonly string[] {
  if (value === undefined || value === "" || value instanceof Float32Array) return [];
  return typeof value === "object" ? value : [String(value)];
}

/** Tokens a field needs in the embedding table. */
export function fieldSize(field: Field): number {
  if (field.kind === "set") return field.vocabulary.length;
  if (field.kind === "vector") return field.width;
  return field.kind === "number" ? field.knots.length : field.buckets;
}

/** Encodes every row of a table. */
export function encodeTable(encoder: Encoder, table: Table): Bags {
  const columns = encoder.fields.map(({ column, field }) => ({
    field,
    values: columnOf(table, column),
  }));
  const rows = table.ids.map((_, row) =>
    columns.map(({ field, values }) => encodeValue(field, valueAt(values, row))),
  );
  return pack(encoder, rows);
}

/** Encodes one request's attributes; absent ones are empty bags. */
export function encodeFeatures(
  encoder: Encoder,
  features: Readonly<Record<string, FeatureValue>> = {},
): Bags {
  return pack(encoder, [encoder.fields.map(({ column, field }) => encodeValue(field, features[column]))]);
}

function pack({ fields }: Encoder, rows: readonly (readonly Bag[])[]): Bags {
  return packBags(
    fields.map(({ column }) => column),
    fields.map(({ field }) => fieldSize(field)),
    rows,
  );
}

function encodeValue(field: Field, value: FeatureValue | undefined): Bag {
  if (value === undefined) return [];
  if (field.kind === "set") return encodeSet(field, asValues(value));
  if (field.kind === "number") return encodeNumber(field, Number(value));
  if (field.kind === "vector") return value instanceof Float32Array ? encodeVector(field, value) : [];
  return encodeText(field, String(value));
}

function columnOf(table: Table, name: string): Column {
  const column = table.columns[name];
  if (column !== undefined) return column;
  const got = Object.keys(table.columns).join(", ") || "no columns";
  throw new ForetasteError("DATA", { where: "encoder", expected: `a column "${name}"`, got });
}
