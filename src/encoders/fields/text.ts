import { hash32 } from "../../base/rng.ts";
import type { Bag } from "../bags.ts";

/**
 * Free text as a learned bag of hashed words and word beginnings: no download, any language with spaces. Hashing as in
 * Weinberger et al. 2009; weights are inverse document frequencies, scaled to unit length.
 */
export interface TextField {
  readonly kind: "text";
  readonly buckets: number;
  readonly documents: number;
  /** Training rows that use a bucket; buckets below the minimum count encode to nothing. `[buckets]` */
  readonly frequency: readonly number[];
  readonly minCount: number;
}

export interface TextOptions {
  readonly buckets: number;
  readonly minCount: number;
}

/** Lower-case words, without accents; longer words also give their first five letters, so that inflections meet. */
export function wordsOf(text: string): string[] {
  const plain = text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const words = plain.match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.flatMap((word) => (word.length > 5 ? [word, `${word.slice(0, 5)}*`] : [word]));
}

function bucketsOf(text: string, buckets: number): Set<number> {
  return new Set(wordsOf(text).map((word) => hash32(word) % buckets));
}

export function fitText(texts: Iterable<string>, { buckets, minCount }: TextOptions): TextField {
  const frequency = new Array<number>(buckets).fill(0);
  let documents = 0;
  for (const text of texts) {
    documents++;
    for (const bucket of bucketsOf(text, buckets)) frequency[bucket]!++;
  }
  return { kind: "text", buckets, documents, frequency, minCount };
}

/** `idf = log((1 + documents) / (1 + frequency))`, the bag scaled to length one. */
export function encodeText(field: TextField, text: string): Bag {
  const kept = [...bucketsOf(text, field.buckets)].filter(
    (bucket) => field.frequency[bucket]! >= field.minCount,
  );
  const idf = kept.map((bucket) => Math.log((1 + field.documents) / (1 + field.frequency[bucket]!)));
  const length = Math.hypot(...idf) || 1;
  return kept.map((bucket, i) => [bucket, idf[i]! / length]);
}
