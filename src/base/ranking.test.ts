import fc from "fast-check";
import { expect, test } from "vitest";
import { rankItems, tieHash, topN } from "./ranking.ts";
import { createRng } from "./rng.ts";

test("best first, as many as asked or as there are", () => {
  const [scores, items] = [
    Float32Array.of(0.1, -3, 0.9, 0.5, 0, -0.5),
    Int32Array.of(70, 80, 90, 100, 110, 120),
  ];
  expect([...rankItems(scores, items, 0)]).toEqual([90, 100, 70, 110, 120, 80]);
  expect([...topN(scores, items, 2, 0)]).toEqual([90, 100]);
  expect([...topN(scores, items, 99, 0)]).toHaveLength(6);
  expect([...topN(scores, items, 0, 0)]).toEqual([]);
  expect([...topN(new Float32Array(0), new Int32Array(0), 5, 0)]).toEqual([]);
});

test("ties follow the seeded hash: minus zero equals zero, infinities rank, another seed gives another order", () => {
  const items = Int32Array.from({ length: 50 }, (_, i) => i);
  const flat = new Float32Array(50).map((_, i) => (i % 2 === 0 ? 0 : -0));
  const expected = [...items].sort((a, b) => tieHash(a, 5) - tieHash(b, 5));
  expect([...rankItems(flat, items, 5)]).toEqual(expected);
  expect([...topN(flat, items, 3, 5)]).toEqual(expected.slice(0, 3));
  expect([...rankItems(flat, items, 6)]).not.toEqual(expected);
  expect([...rankItems(Float32Array.of(-Infinity, 1, Infinity), Int32Array.of(1, 2, 3), 0)]).toEqual([
    3, 2, 1,
  ]);
});

/** The definition, by comparator. */
function slowly(scores: Float32Array, items: Int32Array, seed: number): number[] {
  const order = [...items.keys()].sort((a, b) => {
    const byScore = (scores[b] as number) - (scores[a] as number);
    return byScore || tieHash(items[a] as number, seed) - tieHash(items[b] as number, seed);
  });
  return order.map((i) => items[i] as number);
}

const world = fc.record({
  // Few distinct scores: many ties.
  scores: fc.array(fc.constantFrom(-2.5, -1, 0, 0.25, 3, 1e20), { minLength: 1, maxLength: 60 }),
  n: fc.integer({ min: 1, max: 60 }),
  seed: fc.integer({ min: 0, max: 1000 }),
});

test("heap selection and sorting agree with the definition, whatever the input order", () => {
  fc.assert(
    fc.property(world, ({ scores, n, seed }) => {
      const values = Float32Array.from(scores);
      const items = values.map((_, i) => 3 * i + 1);
      const rows = Int32Array.from(items);
      const expected = slowly(values, rows, seed);
      const order = createRng(seed).shuffle([...rows.keys()]);
      const permuted = Float32Array.from(order, (i) => values[i] as number);
      const permutedRows = Int32Array.from(order, (i) => rows[i] as number);
      expect([...rankItems(permuted, permutedRows, seed)]).toEqual(expected);
      expect([...topN(permuted, permutedRows, n, seed)]).toEqual(expected.slice(0, n));
    }),
    { seed: 2, numRuns: 200 },
  );
});

test("ten of ten thousand are found in well under a millisecond", () => {
  const rng = createRng(1);
  const scores = Float32Array.from({ length: 10_000 }, () => rng.normal());
  const items = Int32Array.from(scores, (_, i) => i);
  expect([...topN(scores, items, 10, 0)]).toEqual(slowly(scores, items, 0).slice(0, 10));
  const times = Array.from({ length: 200 }, () => {
    const start = performance.now();
    topN(scores, items, 10, 0);
    return performance.now() - start;
  });
  expect(times.sort((a, b) => a - b)[100]).toBeLessThan(0.8);
});

test("a score that is not a number names the item", () => {
  expect(() => topN(Float32Array.of(1, Number.NaN), Int32Array.of(4, 9), 1, 0)).toThrow(/NaN for item row 9/);
  expect(() => topN(Float32Array.of(1), Int32Array.of(4, 9), 1, 0)).toThrow(
    /expected 2 scores, one an item, got 1/,
  );
});
