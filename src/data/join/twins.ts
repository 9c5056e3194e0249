import type { Column, Table } from "../dataset.ts";
import { wordsOf } from "../vocabulary.ts";

/** Years that two entries of one work may be apart: premieres and releases. */
const YEARS = 1;
const articles: ReadonlySet<string> = new Set(["the", "a", "an"]);

/**
 * Items of the source that are the same work as an item of the target, by content only: the same words in the title,
 * whatever their order and without articles, and a year at most one apart where both have one. Of several the nearest in
 * years. -1 where there is none. `[items of the target]`
 *
 * @example titleTwins(target.items, source.items); // "Matrix, The (1999)" is "The Matrix (1999)"
 */
export function titleTwins(
  target: Table,
  source: Table,
  columns: { readonly title?: string; readonly year?: string } = {},
): Int32Array {
  const { title = "title", year = "year" } = columns;
  const byTitle = new Map<string, number[]>();
  source.ids.forEach((_, row) => {
    const key = titleKey(source.columns[title], row);
    if (key !== "") byTitle.set(key, [...(byTitle.get(key) ?? []), row]);
  });
  return Int32Array.from(target.ids, (_, row) => {
    const candidates = byTitle.get(titleKey(target.columns[title], row)) ?? [];
    const own = yearAt(target.columns[year], row);
    const apart = (other: number): number => {
      const distance = Math.abs(yearAt(source.columns[year], other) - own);
      return Number.isNaN(distance) ? 0 : distance;
    };
    const near = candidates.filter((other) => apart(other) <= YEARS);
    return near.sort((a, b) => apart(a) - apart(b))[0] ?? -1;
  });
}

function titleKey(column: Column | undefined, row: number): string {
  const text = column?.kind === "text" ? column.values[row] : undefined;
  const words = wordsOf((text ?? "").normalize("NFKD").replace(/\p{M}/gu, ""));
  const kept = words.filter((word) => !articles.has(word));
  return (kept.length > 0 ? kept : words).sort().join(" ");
}

function yearAt(column: Column | undefined, row: number): number {
  return column?.kind === "numeric" ? (column.values[row] ?? Number.NaN) : Number.NaN;
}

/** Rows of another table with the same id; -1 where there is none. `[rows of the target]` */
export function idTwins(target: Table, source: Table): Int32Array {
  const rows = new Map(source.ids.map((id, row) => [id, row]));
  return Int32Array.from(target.ids, (id) => rows.get(id) ?? -1);
}
