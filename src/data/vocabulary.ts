import type { Column } from "./dataset.ts";
import type { TrainingDataset } from "./splits/training.ts";

/** The words a model knows; index 0 is everything it does not. Rebuilt from `words` when a model is loaded. */
export interface Vocabulary {
  /** Most frequent first; word `i` has index `i + 1`. */
  readonly words: readonly string[];
  /** Number of indices, the unknown one included. */
  readonly size: number;
  /** 0 for an unknown or missing word. */
  indexOf(word: string | undefined): number;
}

/** @example createVocabulary(["Drama"]).indexOf("Drama") // 1 */
export function createVocabulary(words: readonly string[]): Vocabulary {
  const indices = new Map(words.map((word, i) => [word, i + 1]));
  return {
    words,
    size: words.length + 1,
    indexOf: (word) => (word === undefined ? 0 : (indices.get(word) ?? 0)),
  };
}

export interface VocabularyOptions {
  /** Rarer words stay unknown. Default 1. */
  readonly minCount?: number;
  /** Keep the most frequent ones only. */
  readonly maxSize?: number;
}

/**
 * The words of a categorical, multi-valued or text column in the given rows and no others; a word counts once a row.
 * Ordered by frequency, then alphabetically. A numeric column has none.
 */
export function fitVocabulary(
  column: Column,
  rows: ArrayLike<number>,
  { minCount = 1, maxSize = Number.POSITIVE_INFINITY }: VocabularyOptions = {},
): Vocabulary {
  const counts = new Map<string, number>();
  for (let i = 0; i < rows.length; i++) {
    for (const word of new Set(wordsAt(column, rows[i]!))) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const frequent = [...counts].filter(([, count]) => count >= minCount);
  frequent.sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return createVocabulary(frequent.slice(0, maxSize).map(([word]) => word));
}

/**
 * Vocabularies of all columns of one side that have words, fitted on the rows with a training event only.
 *
 * @example const { genres } = fitVocabularies(withTraining(dataset, train), "items");
 */
export function fitVocabularies(
  training: TrainingDataset,
  side: "users" | "items",
  options: VocabularyOptions = {},
): Readonly<Record<string, Vocabulary>> {
  const rows = side === "users" ? training.warmUsers : training.warmItems;
  const worded = Object.entries(training[side].columns).filter(
    ([, { kind }]) => kind !== "numeric" && kind !== "vector",
  );
  return Object.fromEntries(worded.map(([name, column]) => [name, fitVocabulary(column, rows, options)]));
}

/**
 * Embedding rows of a table whose `warm` rows are known: warm row `warm[i]` -> `i + 1`, any other -> 0. `[count]`
 *
 * @example rowIndices(training.warmItems, training.items.ids.length)
 */
export function rowIndices(warm: Int32Array, count: number): Int32Array {
  const indices = new Int32Array(count);
  for (const [i, row] of warm.entries()) indices[row] = i + 1;
  return indices;
}

/** What stands in one row of a column, as words; numbers and vectors have none. */
export function wordsAt(column: Column, row: number): readonly string[] {
  if (column.kind === "numeric" || column.kind === "vector") return [];
  const value = column.values[row];
  if (value === undefined) return [];
  if (typeof value !== "string") return value;
  return column.kind === "text" ? wordsOf(value) : [value];
}

/** Lower-case runs of letters, digits and apostrophes. */
export function wordsOf(text: string): string[] {
  return (
    text
      .toLowerCase()
      .normalize("NFKC")
      .match(/[\p{L}\p{M}\p{N}]+(?:['’][\p{L}]+)*/gu) ?? []
  );
}
