import type { Bag } from "../bags.ts";

/** A categorical or multi-valued attribute: one token a value; a value not seen in training says nothing. */
export interface SetField {
  readonly kind: "set";
  readonly vocabulary: readonly string[];
  /** Values of a row are averaged, and those not known count as zeros among them. */
  readonly average?: boolean;
}

/** Values that at least `minCount` of the given rows carry, most frequent first. */
export function fitSet(rows: Iterable<readonly string[]>, minCount: number, average = false): SetField {
  const counts = new Map<string, number>();
  for (const values of rows)
    for (const value of new Set(values)) counts.set(value, (counts.get(value) ?? 0) + 1);
  const kept = [...counts]
    .filter(([, n]) => n >= minCount)
    .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  return { kind: "set", vocabulary: kept.map(([value]) => value), ...(average && { average }) };
}

const indexes = new WeakMap<SetField, ReadonlyMap<string, number>>();

function indexOf(field: SetField): ReadonlyMap<string, number> {
  const known = indexes.get(field) ?? new Map(field.vocabulary.map((value, i) => [value, i]));
  indexes.set(field, known);
  return known;
}

/**
 * `n` known values weigh `1 / sqrt(n)` each, so that a row with many values is not louder than one with few; where they are
 * averaged, one over the number of all values.
 */
export function encodeSet(field: SetField, values: readonly string[]): Bag {
  const index = indexOf(field);
  const distinct = new Set(values);
  const tokens = [...distinct].flatMap((value) => index.get(value) ?? []);
  const weight = field.average === true ? 1 / distinct.size : 1 / Math.sqrt(tokens.length);
  return tokens.map((token) => [token, weight]);
}
