import { ForetasteError } from "./errors.ts";

/** Largest candidate list whose index fits beside 32 bits of score in a double's 53 bits. */
const packable = 2 ** 21;

/**
 * The `n` best items, best first; all of them when there are fewer. Equal scores are ordered by a seeded hash of the
 * item, never by input order, so permuting the input changes nothing. O(items + n log n log items) by a bounded heap.
 *
 * @param scores `[items]`, higher is better; infinities are allowed
 * @param items `[items]`, distinct
 * @throws SHAPE when lengths differ, NUMERIC on a score that is not a number
 * @example topN(Float32Array.of(0.1, 0.9, 0.5), Int32Array.of(7, 8, 9), 2, 0); // Int32Array [8, 9]
 */
export function topN(scores: Float32Array, items: Int32Array, n: number, seed: number): Int32Array {
  assertScores(scores, items);
  const size = Math.min(Math.max(n, 0), items.length);
  if (size * 8 > items.length && items.length <= packable) return sortAll(scores, items, seed).slice(0, size);
  return selectBest(scores, items, size, seed);
}

/**
 * All items, best first, with the tie rule of {@link topN}.
 *
 * @throws SHAPE when lengths differ, NUMERIC on a score that is not a number
 * @example rankItems(Float32Array.of(0.1, 0.9), Int32Array.of(7, 8), 0); // Int32Array [8, 7]
 */
export function rankItems(scores: Float32Array, items: Int32Array, seed: number): Int32Array {
  return topN(scores, items, items.length, seed);
}

/** A bijection of 32-bit integers (finaliser of MurmurHash3) keyed by the seed: distinct items never tie. */
export function tieHash(item: number, seed: number): number {
  let h = item ^ Math.imul(seed + 1, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function assertScores(scores: Float32Array, items: Int32Array): void {
  const where = "ranking";
  if (scores.length !== items.length) {
    const parts = { where, expected: `${items.length} scores, one an item`, got: `${scores.length}` };
    throw new ForetasteError("SHAPE", parts);
  }
  const bad = scores.findIndex(Number.isNaN);
  if (bad < 0) return;
  throw new ForetasteError("NUMERIC", {
    where,
    expected: "a number for every candidate",
    got: `NaN for item row ${items[bad]}`,
    hint: "The ranker that made these scores is at fault.",
  });
}

/** Sorts score and index packed into one double, then puts runs of equal scores in hash order. */
function sortAll(scores: Float32Array, items: Int32Array, seed: number): Int32Array {
  const keys = packedKeys(scores).sort();
  const ranked = new Int32Array(keys.length);
  for (let at = 0; at < keys.length; at++) ranked[at] = items[keys[at]! % packable]!;
  for (let start = 0, end = 1; end <= keys.length; end++) {
    if (end < keys.length && sameScore(keys[start]!, keys[end]!)) continue;
    if (end - start > 1) ranked.subarray(start, end).sort((a, b) => tieHash(a, seed) - tieHash(b, seed));
    start = end;
  }
  return ranked;
}

/** Ascending keys for descending scores; the bits of a float32 map to an unsigned integer of the same order. */
function packedKeys(scores: Float32Array): Float64Array {
  const negated = new Float32Array(scores.length);
  for (let i = 0; i < scores.length; i++) negated[i] = 0 - scores[i]!;
  const bits = new Int32Array(negated.buffer);
  const keys = new Float64Array(scores.length);
  for (let i = 0; i < bits.length; i++) {
    const ordered = bits[i]! < 0 ? ~bits[i]! : bits[i]! | 0x80000000;
    keys[i] = (ordered >>> 0) * packable + i;
  }
  return keys;
}

function sameScore(a: number, b: number): boolean {
  return Math.floor(a / packable) === Math.floor(b / packable);
}

/** Keeps the best `size` positions in a heap whose root is the worst of them. */
function selectBest(scores: Float32Array, items: Int32Array, size: number, seed: number): Int32Array {
  const worse = (a: number, b: number): boolean => {
    const [sa, sb] = [scores[a]!, scores[b]!];
    return sa === sb ? tieHash(items[a]!, seed) > tieHash(items[b]!, seed) : sa < sb;
  };
  const heap = Int32Array.from({ length: size }, (_, i) => i);
  for (let i = (size >> 1) - 1; i >= 0; i--) siftDown(heap, i, size, worse);
  for (let i = size; i < items.length && size > 0; i++) {
    if (scores[i]! < scores[heap[0]!]! || !worse(heap[0]!, i)) continue;
    heap[0] = i;
    siftDown(heap, 0, size, worse);
  }
  for (let end = size - 1; end > 0; end--) {
    [heap[0], heap[end]] = [heap[end]!, heap[0]!];
    siftDown(heap, 0, end, worse);
  }
  return heap.map((position) => items[position]!);
}

function siftDown(
  heap: Int32Array,
  from: number,
  size: number,
  worse: (a: number, b: number) => boolean,
): void {
  const moving = heap[from]!;
  let at = from;
  for (let child = 2 * at + 1; child < size; child = 2 * at + 1) {
    if (child + 1 < size && worse(heap[child + 1]!, heap[child]!)) child++;
    if (!worse(heap[child]!, moving)) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = moving;
}
