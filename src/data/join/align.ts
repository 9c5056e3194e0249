import type { Column, Table } from "../dataset.ts";
import { wordsAt } from "../vocabulary.ts";

/** Names of the columns that mean the same: of the target, then of the source. */
export type ColumnPairs = readonly (readonly [target: string, source: string])[];

/** Values that two columns of other names must share to be taken for the same. */
const ALIKE = 0.2;

/**
 * Which columns of two tables mean the same: those of one kind and one name; of the others, those of one kind whose
 * values overlap most (Jaccard index of their words, at least .2), such as `genre` and `genres`. Vectors of one width
 * pair by name only.
 *
 * @param given pairs that the caller knows, by target column; they are taken as they are
 * @example alignColumns(movieTweetings.items, movieLens.items); // [["title", "title"], ["genres", "genre"], ...]
 */
export function alignColumns(
  target: Table,
  source: Table,
  given: Readonly<Record<string, string>> = {},
): ColumnPairs {
  const pairs = new Map(Object.entries(given));
  const taken = new Set(pairs.values());
  const free = (name: string): boolean => !pairs.has(name);
  for (const [name, column] of Object.entries(target.columns)) {
    const same = source.columns[name];
    if (free(name) && !taken.has(name) && same !== undefined && alike(column, same)) {
      pairs.set(name, name);
      taken.add(name);
    }
  }
  for (const [name, column] of Object.entries(target.columns)) {
    const best = free(name) ? closest(column, source, taken) : undefined;
    if (best === undefined) continue;
    pairs.set(name, best);
    taken.add(best);
  }
  return Object.keys(target.columns).flatMap((name) => {
    const from = pairs.get(name);
    return from === undefined ? [] : [[name, from] as const];
  });
}

function alike(a: Column, b: Column): boolean {
  if (a.kind === "vector") return b.kind === "vector" && a.width === b.width;
  return a.kind === b.kind;
}

function closest(column: Column, source: Table, taken: ReadonlySet<string>): string | undefined {
  const words = wordSet(column);
  const scored = Object.entries(source.columns)
    .filter(([name, other]) => !taken.has(name) && other.kind === column.kind)
    .map(([name, other]) => [name, jaccard(words, wordSet(other))] as const)
    .filter(([, overlap]) => overlap >= ALIKE);
  return scored.sort(([, a], [, b]) => b - a)[0]?.[0];
}

/** The distinct words of a column. */
export function wordSet(column: Column): ReadonlySet<string> {
  const words = new Set<string>();
  for (let row = 0; row < column.values.length; row++)
    for (const word of wordsAt(column, row)) words.add(word);
  return words;
}

/** `|A and B| / |A or B|`; 0 of two empty sets. */
export function jaccard(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let both = 0;
  for (const word of a) if (b.has(word)) both++;
  return both === 0 ? 0 : both / (a.size + b.size - both);
}
