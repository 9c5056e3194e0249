import { hashJson, sha256 } from "../base/hash.ts";

/** Observed interactions as columns of equal length; `user` and `item` are rows of the dataset's tables. */
export interface Interactions {
  readonly user: Int32Array;
  readonly item: Int32Array;
  /** The rating, or 1 for implicit feedback, on the dataset's scale. */
  readonly value: Float32Array;
  /** Unix time in seconds; absent when the source has no times. */
  readonly time?: Float64Array;
}

/**
 * One attribute of users or items. A missing value is `undefined`, `[]` or `NaN`; a vector is missing when its first
 * number is `NaN`. Vectors (`[rows, width]`, row-major) are what a pretrained encoder, a graph or the user says of a row.
 */
export type Column =
  | { readonly kind: "categorical"; readonly values: readonly (string | undefined)[] }
  | { readonly kind: "multi"; readonly values: readonly (readonly string[])[] }
  | { readonly kind: "numeric"; readonly values: Float64Array }
  | { readonly kind: "text"; readonly values: readonly (string | undefined)[] }
  | { readonly kind: "vector"; readonly values: Float32Array; readonly width: number };

/** What stands in one row of a column; `undefined` where the row is beyond its end. */
export function valueAt(column: Column, row: number): Column["values"][number] | Float32Array | undefined {
  if (column.kind !== "vector") return column.values[row];
  return column.values.subarray(row * column.width, (row + 1) * column.width);
}

/** Users or items: external ids and attributes, one row each. */
export interface Table {
  readonly ids: readonly string[];
  readonly columns: Readonly<Record<string, Column>>;
}

/** The range of `value`. A rating at or above `liked` counts as a like (relevance of a full ranking). */
export interface Scale {
  readonly min: number;
  readonly max: number;
  readonly liked: number;
}

/** A cleaned data set: everything a split, an encoder or a protocol needs. Plain data, no behaviour. */
export interface Dataset {
  readonly name: string;
  readonly users: Table;
  readonly items: Table;
  readonly interactions: Interactions;
  readonly scale: Scale;
  /** True for a generated world: whoever prints a number of it must say so. */
  readonly synthetic: boolean;
  /** SHA-256 over the cleaned content. */
  readonly hash: string;
}

/** Everything of a data set but its hash. */
export type DatasetParts = Omit<Dataset, "hash">;

/**
 * Seals the parts of a data set with the hash of their content: the same content, the same hash.
 *
 * @example createDataset({ name: "toy", users, items, interactions, scale, synthetic: false });
 */
export function createDataset(parts: DatasetParts): Dataset {
  const { name, users, items, interactions, scale, synthetic } = parts;
  const content = { name, scale, synthetic, users: tableHash(users), items: tableHash(items) };
  return { ...parts, hash: hashJson({ ...content, interactions: interactionsHash(interactions) }) };
}

/** SHA-256 over the columns of interactions. */
export function interactionsHash({ user, item, value, time }: Interactions): string {
  const columns = time === undefined ? [user, item, value] : [user, item, value, time];
  return sha256(columns.map(bytesHash).join());
}

function tableHash({ ids, columns }: Table): string {
  const hashes = Object.entries(columns).map(([name, { kind, values }]) => [
    name,
    kind,
    ArrayBuffer.isView(values) ? bytesHash(values) : hashJson(values.map((value) => value ?? null)),
  ]);
  return hashJson([ids, hashes]);
}

function bytesHash(values: ArrayBufferView): string {
  return sha256(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
}
