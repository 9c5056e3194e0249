import { expect, test } from "vitest";
import type { Table } from "../data/dataset.ts";
import { type Bags, pool } from "./bags.ts";
import { defaultEncoderOptions, encodeFeatures, encodeTable, fieldSize, fitEncoder } from "./encoder.ts";

const table: Table = {
  ids: ["a", "b", "c", "cold"],
  columns: {
    genre: { kind: "multi", values: [["war", "love"], ["war"], [], ["opera", "war"]] },
    job: { kind: "categorical", values: ["cook", "cook", undefined, "smith"] },
    year: { kind: "numeric", values: Float64Array.of(1990, 2000, Number.NaN, 2020) },
    plot: { kind: "text", values: ["two dogs", "three dogs", undefined, "dogs and opera"] },
  },
};
const warm = Int32Array.of(0, 1, 2);
const options = { minCount: 1, knots: 2, buckets: 32 };
const tokensOf = (bags: Bags, row: number, field: number): [number, number][] => {
  const at = row * bags.fields.length + field;
  const range = Array.from(
    { length: bags.offsets[at + 1]! - bags.offsets[at]! },
    (_, i) => bags.offsets[at]! + i,
  );
  return range.map((k) => [bags.ids[k]!, bags.weights[k]!]);
};

test("fields are the columns, in their order, with a token for each value", () => {
  const { fields } = fitEncoder(table, warm, options);
  expect(fields.map(({ column, field }) => [column, field.kind, fieldSize(field)])).toEqual([
    ["genre", "set", 2],
    ["job", "set", 1],
    ["year", "number", 2],
    ["plot", "text", 32],
  ]);
});

test("nothing of a cold row is learned, though its known values are encoded", () => {
  const encoder = fitEncoder(table, warm, options);
  expect(JSON.stringify(encoder)).not.toMatch(/opera|smith|2020/u);
  const bags = encodeTable(encoder, table);
  // opera and smith say nothing, war is the most frequent genre, 2020 is the last of the knots 1990 and 2000
  expect(tokensOf(bags, 3, 0)).toEqual([[0, 1]]);
  expect(tokensOf(bags, 3, 1)).toEqual([]);
  expect(tokensOf(bags, 3, 2)).toEqual([[4, 1]]);
  expect(tokensOf(bags, 3, 3)).toHaveLength(1);
});

test("missing values are empty bags", () => {
  const bags = encodeTable(fitEncoder(table, warm, options), table);
  for (const field of [0, 1, 2, 3]) expect(tokensOf(bags, 2, field)).toEqual([]);
});

test("columns can be left out, rare values say nothing", () => {
  const encoder = fitEncoder(table, warm, { ...options, minCount: 2, except: ["plot", "year"] });
  expect(encoder.fields.map(({ column }) => column)).toEqual(["genre", "job"]);
  const bags = encodeTable(encoder, table);
  expect(tokensOf(bags, 0, 0).map(([token]) => token)).toEqual([0]);
});

test("a request's features are encoded as the same row of the table would be", () => {
  const encoder = fitEncoder(table, warm, options);
  const bags = encodeTable(encoder, table);
  const request = encodeFeatures(encoder, {
    genre: ["war", "love"],
    job: "cook",
    year: 1990,
    plot: "two dogs",
  });
  const embeddings = { data: Float32Array.from({ length: bags.tokens }, (_, i) => i * i), width: 1 };
  expect(request.tokens).toBe(bags.tokens);
  expect(pool(request, embeddings, [0])).toEqual(pool(bags, embeddings, [0]));
});

test("a request without features, or with others, is empty", () => {
  const encoder = fitEncoder(table, warm, options);
  for (const bags of [encodeFeatures(encoder), encodeFeatures(encoder, { shoe: 43 })])
    expect(bags.ids).toHaveLength(0);
});

test("a number given as text counts, an unknown text is no number", () => {
  const encoder = fitEncoder(table, warm, options);
  expect(encodeFeatures(encoder, { year: "1995" }).weights).toEqual(Float32Array.of(0.5, 0.5));
  expect(encodeFeatures(encoder, { year: "long ago" }).ids).toHaveLength(0);
});

test("a table without the column is refused by name", () => {
  const encoder = fitEncoder(table, warm, defaultEncoderOptions);
  expect(() => encodeTable(encoder, { ids: ["x"], columns: { job: table.columns["job"]! } })).toThrow(
    'encoder: expected a column "genre", got job.',
  );
});
