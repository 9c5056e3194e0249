import { expect, test } from "vitest";
import type { Cell } from "./cells.ts";
import { joinVectors, vectorColumn } from "./vector-column.ts";

const absent = new Set(["", "N/A"]);
const where = (row: number): string => `items.csv:${row + 2}`;
const read = (cells: readonly Cell[], width?: number) => vectorColumn(cells, { absent, where, width });

test("lists and JSON texts are rows; what is missing is NaN", () => {
  expect(read([["1", "2.5"], undefined, "[3, -4e-1]", "N/A"])).toEqual({
    kind: "vector",
    width: 2,
    values: Float32Array.of(1, 2.5, Number.NaN, Number.NaN, 3, -0.4, Number.NaN, Number.NaN),
  });
  expect(read([undefined], 3).values).toHaveLength(3);
});

test("errors say the row, the width expected and what is there", () => {
  expect(() => read([["1", "2"], ["1"]])).toThrow("items.csv:3: expected 2 numbers, got 1 numbers.");
  expect(() => read([["1", "2"]], 4)).toThrow("items.csv:2: expected 4 numbers, got 2 numbers.");
  expect(() => read(["[1, 2", "x"])).toThrow(
    'items.csv:2: expected a list of numbers such as [0.5, -1], got "[1, 2"',
  );
  expect(() => read([["1", "NaN"]])).toThrow('items.csv:2: expected numbers, got "NaN"');
});

test("a column of another file is joined by id", () => {
  const other = { ids: ["b", "c"], columns: { v: read(["[1, 2]", "[3, 4]"]) } };
  const joined = joinVectors(["a", "b"], other, "v", "v.jsonl");
  expect([...joined.values]).toEqual([Number.NaN, Number.NaN, 1, 2]);
  expect(() => joinVectors(["x"], other, "v", "v.jsonl")).toThrow(
    'v.jsonl: expected ids such as "x", got none of 2 rows with a known id',
  );
});
