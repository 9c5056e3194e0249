import type { Table } from "../data/dataset.ts";
import type { Bags } from "./bags.ts";
import type { KernelOptions, Numbers } from "./content-kernel.ts";
import { type Encoder, fieldSize } from "./encoder.ts";

/** Fields with more tokens than this speak through the content prior alone: their words would be learned by heart. */
export const SMALL_FIELD = 64;

export interface Described {
  readonly items: Table;
  readonly encoder: Encoder;
  readonly bags: Bags;
  readonly seen: Int32Array;
}

/**
 * Numbers of an item: its numeric attributes; for each field of many values, how often its values occur (the fame of
 * a director) and for each text how long it is. Standardised over the training items.
 */
export function contentNumbers({ items, encoder, bags, seen }: Described, kernel: KernelOptions): Numbers {
  const columns: { values: Float32Array; scale: number }[] = [];
  for (const column of Object.values(items.columns)) {
    if (column.kind === "numeric")
      columns.push({ values: Float32Array.from(column.values), scale: kernel.numberScale });
  }
  for (const [f, { field }] of encoder.fields.entries()) {
    if (field.kind === "number" || fieldSize(field) <= SMALL_FIELD) continue;
    columns.push({
      values: field.kind === "text" ? lengths(bags, f) : fame(bags, f, seen),
      scale: kernel.countScale,
    });
  }
  const rows = items.ids.length;
  const values = new Float32Array(rows * columns.length);
  columns.forEach((column, j) => {
    const z = standardise(column.values, seen);
    for (let i = 0; i < rows; i++) values[i * columns.length + j] = z[i]!;
  });
  return { values, scales: Float32Array.from(columns, ({ scale }) => scale) };
}

function lengths(bags: Bags, field: number): Float32Array {
  const fields = bags.fields.length;
  return Float32Array.from({ length: bags.rows }, (_, row) =>
    Math.log1p(bags.offsets[row * fields + field + 1]! - bags.offsets[row * fields + field]!),
  );
}

/** `log` of how many training items the row's values have on average. */
function fame(bags: Bags, field: number, seen: Int32Array): Float32Array {
  const fields = bags.fields.length;
  const tokensOf = (row: number): Int32Array =>
    bags.ids.subarray(bags.offsets[row * fields + field], bags.offsets[row * fields + field + 1]);
  const counts = new Map<number, number>();
  for (const row of seen) for (const token of tokensOf(row)) counts.set(token, (counts.get(token) ?? 0) + 1);
  return Float32Array.from({ length: bags.rows }, (_, row) => {
    const tokens = tokensOf(row);
    const total = tokens.reduce((sum, token) => sum + (counts.get(token) ?? 0), 0);
    return Math.log(Math.max(1, total / Math.max(1, tokens.length)));
  });
}

/** Missing numbers become the mean. */
function standardise(values: Float32Array, seen: Int32Array): Float32Array {
  const known = Array.from(seen, (row) => values[row]!).filter(Number.isFinite);
  const mean = known.reduce((a, b) => a + b, 0) / Math.max(1, known.length);
  const deviation =
    Math.sqrt(known.reduce((a, b) => a + (b - mean) ** 2, 0) / Math.max(1, known.length)) || 1;
  return values.map((x) => (Number.isFinite(x) ? (x - mean) / deviation : 0));
}
