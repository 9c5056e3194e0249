import type { Bag } from "../bags.ts";

/** A categorical or multi-valued attribute: one token a value, token 0 for values not seen in training. */
export interface SetField {
  readonly kind: "set";
  readonly vocabulary: readonly string[];
}

/** Values that at least `minCount` of the given rows carry, most frequent first. */
export function fitSet(rows: Iterable<readonly string[]>, minCount: number): SetField {
  const counts = new Map<string, number>();
  for (const values of rows)
    for (const value of new Set(values)) counts.set(value, (counts.get(value) ?? 0) + 1);
  const kept = [...counts]
    .filter(([, n]) => n >= minCount)
    .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  return { kind: "set", vocabulary: kept.map(([value]) => value) };
}

const indexes = new WeakMap<SetField, ReadonlyMap<string, number>>();

function indexOf(field: SetField): ReadonlyMap<string, number> {
  const known = indexes.get(field) ?? new Map(field.vocabulary.map((value, i) => [value, i + 1]));
  indexes.set(field, known);
  return known;
}

/** `n` values weigh `1 / sqrt(n)` each, so that a row with many values is not louder than one with few. */
export function encodeSet(field: SetField, values: readonly string[]): Bag {
  const index = indexOf(field);
  const weight = 1 / Math.sqrt(Math.max(1, values.length));
  return values.map((value) => [index.get(value) ?? 0, weight]);
}
