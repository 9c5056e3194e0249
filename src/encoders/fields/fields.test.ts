import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeNumber, fitNumber } from "./number.ts";
import { encodeSet, fitSet } from "./set.ts";
import { encodeText, fitText, wordsOf } from "./text.ts";

test("set: the most frequent value first, equal ones by name, a value twice in a row counted once", () => {
  const field = fitSet([["b", "b"], ["a", "c"], ["c"], ["b"], ["d"]], 1);
  expect(field.vocabulary).toEqual(["b", "c", "a", "d"]);
  expect(fitSet([["b"], ["a", "c"], ["c"]], 2).vocabulary).toEqual(["c"]);
});

test("set: n known values weigh 1 / sqrt(n) each, the others nothing", () => {
  const field = fitSet([["a"], ["b"]], 1);
  expect(encodeSet(field, ["b"])).toEqual([[1, 1]]);
  expect(encodeSet(field, ["x", "b", "y", "a"])).toEqual([
    [1, 1 / Math.sqrt(2)],
    [0, 1 / Math.sqrt(2)],
  ]);
  expect(encodeSet(field, ["x"])).toEqual([]);
  expect(encodeSet(field, [])).toEqual([]);
});

test("set: averaged, the others count as zeros", () => {
  const field = fitSet([["a"], ["b"]], 1, true);
  expect(encodeSet(field, ["x", "b", "y", "a"])).toEqual([
    [1, 1 / 4],
    [0, 1 / 4],
  ]);
  expect(encodeSet(field, ["x"])).toEqual([]);
});

test("number: knots are evenly spaced quantiles of what is known, each once", () => {
  expect(fitNumber([5, 1, Number.NaN, 3, 2, 4], 3).knots).toEqual([1, 3, 5]);
  expect(fitNumber([7, 7, 7], 4).knots).toEqual([7]);
  expect(fitNumber([], 4).knots).toEqual([]);
});

test("number: linear between neighbours, the end knot beyond the ends, nothing when missing", () => {
  const field = { kind: "number", knots: [0, 10, 30] } as const;
  expect(encodeNumber(field, 2.5)).toEqual([
    [0, 0.75],
    [1, 0.25],
  ]);
  expect(encodeNumber(field, 10)).toEqual([
    [1, 1],
    [2, 0],
  ]);
  expect(encodeNumber(field, -3)).toEqual([[0, 1]]);
  expect(encodeNumber(field, 99)).toEqual([[2, 1]]);
  expect(encodeNumber(field, Number.NaN)).toEqual([]);
  expect(encodeNumber({ kind: "number", knots: [] }, 1)).toEqual([]);
});

test("number: weights sum to one and give the number back within the knots", () => {
  const knots = [-4, -1, 0.5, 8];
  const property = fc.property(fc.double({ min: -4, max: 8, noNaN: true }), (x) => {
    const bag = encodeNumber({ kind: "number", knots }, x);
    expect(bag.reduce((sum, [, weight]) => sum + weight, 0)).toBeCloseTo(1, 9);
    expect(bag.reduce((sum, [token, weight]) => sum + weight * knots[token]!, 0)).toBeCloseTo(x, 9);
  });
  fc.assert(property, { seed: 2, numRuns: 100 });
});

test("text: words without accents or case; long ones also by their beginning", () => {
  expect(wordsOf("Amélie, THE runner!")).toEqual(["amelie", "ameli*", "the", "runner", "runne*"]);
  expect(wordsOf("runners")).toContain("runne*");
  expect(wordsOf("...")).toEqual([]);
});

test("text: rarer words weigh more, the bag has length one, unseen words are nothing", () => {
  const field = fitText(["red fox", "red hen", "red owl"], { buckets: 4096, minCount: 1 });
  expect(field.documents).toBe(3);
  const bag = encodeText(field, "red fox");
  // idf(red) = log(4 / 4) = 0, idf(fox) = log(4 / 2)
  expect(bag.map(([, weight]) => weight).toSorted((a, b) => a - b)).toEqual([0, 1]);
  const two = encodeText(field, "hen owl zebu");
  expect(two.map(([, weight]) => weight)).toEqual([
    expect.closeTo(Math.SQRT1_2, 9),
    expect.closeTo(Math.SQRT1_2, 9),
  ]);
  expect(encodeText(field, "zebu")).toEqual([]);
  expect(encodeText(field, "")).toEqual([]);
});

test("text: words below the minimum count are nothing", () => {
  const field = fitText(["red fox", "red hen", "elk"], { buckets: 4096, minCount: 2 });
  expect(encodeText(field, "red fox")).toHaveLength(1);
  expect(encodeText(field, "fox elk")).toEqual([]);
});
