import type { Column, Dataset, Table } from "../data/dataset.ts";
import type { FeatureValue } from "../data/query.ts";
import { fitVocabulary, type Vocabulary, wordsAt } from "../data/vocabulary.ts";
import type { Links } from "./als/plan.ts";

/** What the rows of a table have in common: values, words and ranges of numbers, each a token. */
export interface Tokens {
  readonly size: number;
  /** Tokens of each row, ascending, each once. */
  readonly ofRow: Links;
  /** Tokens of attributes that come with a request; unknown values have none. */
  ofFeatures(features: Readonly<Record<string, FeatureValue>>): Int32Array;
}

/** Ranges of a numeric column with equally many rows. */
const RANGES = 10;

/** Reads one column: the tokens of a value, numbered from 0. */
interface Reader {
  readonly size: number;
  read(column: Column, row: number): readonly number[];
}

/**
 * Tokens of one side's columns that occur in at least `minCount` rows with a training event; the other rows teach
 * nothing, but are told in the same tokens.
 */
export function fitTokens(train: Dataset, side: "users" | "items", minCount: number): Tokens {
  const { columns, ids } = train[side];
  const warm = [...new Set(train.interactions[side === "users" ? "user" : "item"])];
  const readers: [name: string, first: number, reader: Reader][] = [];
  let size = 0;
  for (const [name, column] of Object.entries(columns)) {
    // Vectors have no tokens: who reads them measures distances.
    if (column.kind === "vector") continue;
    const reader = column.kind === "numeric" ? ranges(column.values, warm) : words(column, warm, minCount);
    readers.push([name, size, reader]);
    size += reader.size;
  }
  const tokensAt = (table: Table["columns"], row: number): Int32Array => {
    const all = readers.flatMap(([name, first, reader]) => {
      const column = table[name];
      return column === undefined ? [] : reader.read(column, row).map((token) => first + token);
    });
    return Int32Array.from(new Set(all)).sort();
  };
  return {
    size,
    ofRow: linked(ids.length, (row) => tokensAt(columns, row)),
    ofFeatures: (features) => tokensAt(asColumns(features, columns), 0),
  };
}

function words(column: Column, warm: ArrayLike<number>, minCount: number): Reader {
  const vocabulary: Vocabulary = fitVocabulary(column, warm, { minCount });
  const known = (word: string): readonly number[] => {
    const index = vocabulary.indexOf(word);
    return index === 0 ? [] : [index - 1];
  };
  return {
    size: vocabulary.words.length,
    read: (given, row) => wordsAt(given, row).flatMap(known),
  };
}

function ranges(values: Float64Array, warm: readonly number[]): Reader {
  const sorted = Float64Array.from(warm.map((row) => values[row]!).filter((v) => !Number.isNaN(v))).sort();
  const bounds = Array.from(
    { length: RANGES - 1 },
    (_, k) => sorted[Math.floor(((k + 1) * sorted.length) / RANGES)]!,
  );
  return {
    size: sorted.length === 0 ? 0 : RANGES,
    read({ values: given }, row) {
      const value = Number(given[row] ?? Number.NaN);
      return Number.isNaN(value) || sorted.length === 0
        ? []
        : [bounds.filter((bound) => value >= bound).length];
    },
  };
}

/** A table of one row, with the kinds of the columns it is read as. */
function asColumns(
  features: Readonly<Record<string, FeatureValue>>,
  like: Table["columns"],
): Table["columns"] {
  const one = (kind: Exclude<Column["kind"], "vector">, value: FeatureValue): Column => {
    if (value instanceof Float32Array) return { kind: "multi", values: [[]] };
    if (kind === "numeric") return { kind, values: Float64Array.of(Number(value)) };
    if (kind === "multi") return { kind, values: [typeof value === "object" ? value : [String(value)]] };
    return { kind, values: [typeof value === "object" ? value.join(" ") : String(value)] };
  };
  const known = Object.entries(features).flatMap(([name, value]) => {
    const kind = like[name]?.kind;
    return kind === undefined || kind === "vector" ? [] : [[name, one(kind, value)] as const];
  });
  return Object.fromEntries(known);
}

function linked(rows: number, tokensOf: (row: number) => Int32Array): Links {
  const lists = Array.from({ length: rows }, (_, row) => tokensOf(row));
  const offsets = new Int32Array(rows + 1);
  lists.forEach((list, row) => {
    offsets[row + 1] = offsets[row]! + list.length;
  });
  const others = new Int32Array(offsets[rows]!);
  lists.forEach((list, row) => {
    others.set(list, offsets[row]);
  });
  return { offsets, others };
}

/** The tokens of a row; none for a row the table does not have. */
export function partnersOf({ offsets, others }: Links, row: number): Int32Array {
  return row + 1 < offsets.length ? others.subarray(offsets[row], offsets[row + 1]) : others.subarray(0, 0);
}
