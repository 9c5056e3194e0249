import type { Rng } from "../../base/rng.ts";
import type { Table } from "../../data/dataset.ts";

/** All that is written of each item: its text columns, one after the other; empty where there is nothing. */
export function itemTexts({ ids, columns }: Table): string[] {
  const texts = Object.values(columns).filter((column) => column.kind === "text");
  return ids.map((_, row) =>
    texts
      .map(({ values }) => String(values[row] ?? "").trim())
      .filter((text) => text !== "")
      .map((text) => (/[.!?]$/.test(text) ? text : `${text}.`))
      .join(" "),
  );
}

/**
 * Texts and pieces of them, so that a student sees more than there are: the whole, its sentences, and runs of words from
 * anywhere in it. Distinct, in a seeded order.
 *
 * @param runs how many runs of words for each text
 */
export function withPieces(texts: readonly string[], runs: number, rng: Rng): string[] {
  const pieces = new Set<string>();
  for (const text of texts) {
    if (text.trim() === "") continue;
    pieces.add(text);
    const sentences = text.match(/[^.!?]+[.!?]*/g) ?? [];
    for (const sentence of sentences) if (sentence.trim().length > 3) pieces.add(sentence.trim());
    const words = text.split(/\s+/u);
    for (let i = 0; i < runs; i++) {
      const length = 4 + rng.int(Math.max(1, Math.min(60, words.length)));
      const start = rng.int(Math.max(1, words.length - length));
      pieces.add(words.slice(start, start + length).join(" "));
    }
  }
  return rng.shuffle([...pieces]);
}
