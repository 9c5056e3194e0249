import Fuse from "fuse.js";
import type { Table } from "../../data/dataset.ts";
import { editDistance } from "./edit-distance.ts";

export interface TitledItem {
  readonly id: string;
  /** With the year where it is known: `Heat (1995)`. */
  readonly label: string;
}

/** What somebody probably meant by the words they typed. */
export type Match =
  | {
      readonly kind: "exact" | "corrected";
      readonly item: TitledItem;
      /** Titles that begin with the same words, as the parts of a series do; a person may have meant one of them. */
      readonly series: readonly TitledItem[];
    }
  | { readonly kind: "ambiguous"; readonly choices: readonly TitledItem[] }
  | { readonly kind: "unknown" };

export interface TitleIndex {
  readonly find: (words: string) => Match;
  /** Title and year of an item, or its id where it has no title. */
  readonly labelOf: (id: string) => string;
}

interface Entry extends TitledItem {
  /** As it is compared: lower case, no accents, no punctuation, no leading article. */
  readonly plain: string;
  readonly plainLabel: string;
}

/** How near (0 to 1) a title must be to be taken without asking, how far ahead of the next one, and to be offered. */
const sure = 0.75;
const ahead = 0.08;
const possible = 0.45;
const mostChoices = 8;
/** Fewer letters than this must be the whole title. */
const shortest = 3;

/** An index over the `title` and `year` of a catalogue; an item is also found by its id. */
export function createTitleIndex(items: Table): TitleIndex {
  const entries = items.ids.map((id, row) => entryOf(items, id, row));
  const labels = new Map(entries.map(({ id, label }) => [id, label]));
  const fuse = new Fuse(entries, { keys: ["plain"], threshold: 0.5, ignoreLocation: true });
  return {
    labelOf: (id) => labels.get(id) ?? id,
    find(words) {
      const plain = plainText(words);
      if (plain === "") return { kind: "unknown" };
      const exact = exactly(entries, plain, words.trim());
      if (exact.length > 0) return oneOrChoices(exact, "exact", seriesOf(entries, plain));
      if (plain.length < shortest) return { kind: "unknown" };
      const near = fuse.search(plain, { limit: 50 }).map(({ item }) => item);
      return nearest(plain, near);
    },
  };
}

function exactly(entries: readonly Entry[], plain: string, id: string): readonly Entry[] {
  const labelled = entries.filter((entry) => entry.plainLabel === plain || entry.id === id);
  return labelled.length > 0 ? labelled : entries.filter((entry) => entry.plain === plain);
}

function nearest(plain: string, candidates: readonly Entry[]): Match {
  const ranked = candidates
    .map((entry) => ({ entry, nearness: nearness(plain, entry.plain) }))
    .filter((candidate) => candidate.nearness >= possible)
    .sort((a, b) => b.nearness - a.nearness);
  const best = ranked[0]?.nearness ?? 0;
  if (ranked.length === 0) return { kind: "unknown" };
  const rivals = ranked.filter((candidate) => best - candidate.nearness < ahead);
  const chosen = best >= sure ? rivals : ranked;
  const certain = best >= sure && rivals.length === 1;
  const found = chosen.map(({ entry }) => entry);
  return certain ? oneOrChoices(found, "corrected") : { kind: "ambiguous", choices: choicesOf(found) };
}

/** 1 for the same text; words that the title holds whole count as {@link sure}, a slip by its edit distance. */
function nearness(typed: string, title: string): number {
  const similar = 1 - editDistance(typed, title) / Math.max(typed.length, title.length);
  const holds = ` ${title} `.includes(` ${typed} `) && typed.length >= 3;
  return holds ? Math.max(sure, similar) : similar;
}

function oneOrChoices(
  found: readonly Entry[],
  kind: "exact" | "corrected",
  series: readonly Entry[] = [],
): Match {
  const [first, second] = choicesOf(found);
  if (first === undefined) return { kind: "unknown" };
  if (second !== undefined) return { kind: "ambiguous", choices: choicesOf(found) };
  return { kind, item: first, series: choicesOf(series) };
}

function seriesOf(entries: readonly Entry[], plain: string): readonly Entry[] {
  return entries.filter((entry) => entry.plain.startsWith(`${plain} `) && /^[^:]*:/.test(entry.label));
}

function choicesOf(found: readonly Entry[]): readonly TitledItem[] {
  return found.slice(0, mostChoices).map(({ id, label }) => ({ id, label }));
}

function entryOf(items: Table, id: string, row: number): Entry {
  const title = textAt(items, "title", row) ?? id;
  const year = textAt(items, "year", row);
  const label = year === undefined ? title : `${title} (${year})`;
  return { id, label, plain: plainText(title), plainLabel: plainText(label) };
}

function textAt(items: Table, name: string, row: number): string | undefined {
  const column = items.columns[name];
  const value = column?.kind === "multi" ? undefined : column?.values[row];
  return value === undefined || Number.isNaN(value) ? undefined : String(value);
}

function plainText(text: string): string {
  const words = text
    .normalize("NFKD")
    .replaceAll(/\p{M}|['’]/gu, "")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
  return words.replace(/^(the|a|an) (?=.)/, "");
}
