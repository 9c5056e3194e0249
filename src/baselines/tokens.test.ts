import { expect, test } from "vitest";
import { tinyWorld } from "../../testing/worlds/tiny.ts";
import { fitTokens, partnersOf } from "./tokens.ts";

const years = Float64Array.of(...Array.from({ length: 20 }, (_, i) => 1980 + i), Number.NaN, 1900);
const rows = Array.from({ length: 22 }, (_, i) => i);
const world = tinyWorld(
  Array.from({ length: 20 }, (_, i) => [0, i, 5] as const),
  {
    users: 1,
    items: 22,
    itemColumns: {
      year: { kind: "numeric", values: years },
      genre: {
        kind: "multi",
        values: rows.map((i) => (i < 2 ? ["war", "war"] : i === 21 ? ["war", "new"] : [])),
      },
      title: {
        kind: "text",
        values: rows.map((i) => (i === 0 ? "War and peace" : i === 1 ? "A war" : undefined)),
      },
    },
  },
);

test("numbers become ten ranges, words count from minCount on, columns keep theirs apart", () => {
  const { size, ofRow } = fitTokens(world, "items", 2);
  expect(size).toBe(10 + 1 + 1); // ten ranges, "war" the genre, "war" the word
  const at = (row: number): number[] => [...partnersOf(ofRow, row)];
  expect(at(0)).toEqual([0, 10, 11]);
  expect(at(1)).toEqual([0, 10, 11]);
  expect(at(2)).toEqual([1]);
  expect(at(19)).toEqual([9]);
  expect(at(20)).toEqual([]);
  expect(at(21)).toEqual([0, 10]); // no event in training: "new" was never seen there
  expect(at(22)).toEqual([]);
});

test("attributes of a request are read as the columns are", () => {
  const { ofFeatures } = fitTokens(world, "items", 2);
  const read = (features: Parameters<typeof ofFeatures>[0]): number[] => [...ofFeatures(features)];
  expect(read({})).toEqual([]);
  expect(read({ year: 1999, genre: ["peace", "war"], title: "WAR!", colour: "red" })).toEqual([9, 10, 11]);
  expect(read({ genre: "war", year: Number.NaN })).toEqual([10]);
});
