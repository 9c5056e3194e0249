import type { Bag } from "../bags.ts";

/** A categorical or multi-valued attribute: one token a value; a value not seen in training says nothing. */
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
  const known = indexes.get(field) ?? new Map(field.vocabulary.map((value, i) => [value, i]));
  indexes.set(field, known);
  return known;
}

/** `n` known values weigh `1 / sqrt(n)` each, so that a row with many values is not louder than one with few. */
export function encodeSet(field: SetField, values: readonly string[]): Bag {
  const index = indexOf(field);
  const tokens = [...new Set(values)].flatMap((value) => index.get(value) ?? []);
  return tokens.map((token) => [token, 1 / Math.sqrt(tokens.length)]);
}
