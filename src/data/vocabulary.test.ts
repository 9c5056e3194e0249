import { expect, test } from "vitest";
import { fromUnit, momentsOf, toUnit } from "./statistics.ts";
import { createVocabulary, fitVocabulary, wordsOf } from "./vocabulary.ts";

const genres = {
  kind: "multi",
  values: [["Drama", "Crime"], ["Drama"], [], ["Comedy", "Crime"], ["Western"]],
} as const;

test("words are ordered by frequency, then by name; only the given rows count", () => {
  expect(fitVocabulary(genres, [0, 1, 2, 3]).words).toEqual(["Crime", "Drama", "Comedy"]);
  expect(fitVocabulary(genres, [4]).words).toEqual(["Western"]);
  expect(fitVocabulary(genres, [0, 1, 2, 3], { minCount: 2 }).words).toEqual(["Crime", "Drama"]);
  expect(fitVocabulary(genres, [0, 1, 2, 3], { maxSize: 1 }).words).toEqual(["Crime"]);
});

test("index 0 is everything unknown", () => {
  const vocabulary = createVocabulary(["Drama", "Crime"]);
  expect(vocabulary.size).toBe(3);
  expect(["Drama", "Crime", "Western", undefined].map((word) => vocabulary.indexOf(word))).toEqual([
    1, 2, 0, 0,
  ]);
});

test("a missing category is no word; a word counts once a row; numbers have none", () => {
  expect(fitVocabulary({ kind: "categorical", values: ["R", undefined, "R"] }, [0, 1, 2]).words).toEqual([
    "R",
  ]);
  const text = { kind: "text", values: ["the the the end", "a end"] } as const;
  expect(fitVocabulary(text, [0, 1], { minCount: 2 }).words).toEqual(["end"]);
  expect(fitVocabulary({ kind: "numeric", values: Float64Array.of(1) }, [0]).words).toEqual([]);
});

test("words of a text", () => {
  expect(wordsOf("L'Été: Schindler's List (1993)!")).toEqual(["l'été", "schindler's", "list", "1993"]);
  expect(wordsOf("…")).toEqual([]);
});

test("moments by hand, missing values left out", () => {
  expect(momentsOf([2, Number.NaN, 4, 4, 4, 5, 5, 7, 9])).toEqual({ count: 8, mean: 5, deviation: 2 });
  expect(momentsOf([3, 3])).toEqual({ count: 2, mean: 3, deviation: 1 });
  expect(momentsOf([])).toEqual({ count: 0, mean: 0, deviation: 1 });
});

test("values on a scale of 1 to 5 as shares and back", () => {
  const scale = { min: 1, max: 5, liked: 4 };
  expect([1, 2, 5].map((value) => toUnit(scale, value))).toEqual([0, 0.25, 1]);
  expect([0, 0.25, 1].map((unit) => fromUnit(scale, unit))).toEqual([1, 2, 5]);
});
