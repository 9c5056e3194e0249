import { expect, test } from "vitest";
import { createDataset } from "./dataset.ts";
import { describeDataset } from "./describe.ts";
import { formatDescription } from "./format-description.ts";

const toy = createDataset({
  name: "toy",
  users: { ids: ["a", "b", "c"], columns: {} },
  items: {
    ids: ["x", "y"],
    columns: {
      title: { kind: "text", values: ["Good Film", undefined] },
      year: { kind: "numeric", values: Float64Array.of(1999, Number.NaN) },
    },
  },
  interactions: {
    user: Int32Array.of(0, 0, 1),
    item: Int32Array.of(0, 1, 0),
    value: Float32Array.of(5, 1, 3),
    time: Float64Array.of(86400, 0, 172800),
  },
  scale: { min: 1, max: 5, liked: 3 },
  synthetic: true,
});

test("a description by hand", () => {
  expect(describeDataset(toy)).toEqual({
    name: "toy",
    synthetic: true,
    hash: toy.hash,
    users: 3,
    items: 2,
    events: 3,
    activeUsers: 2,
    usedItems: 2,
    sparsity: 0.5,
    shots: {
      mean: 1.5,
      median: 1.5,
      histogram: [
        { from: 1, to: 1, count: 1 },
        { from: 2, to: 2, count: 1 },
      ],
    },
    headShare: 2 / 3,
    values: {
      mean: 3,
      likedShare: 2 / 3,
      histogram: [1, 3, 5].map((value) => ({ from: value, to: value, count: 1 })),
    },
    time: { from: 0, to: 172800 },
    features: [
      { side: "items", name: "title", kind: "text", coverage: 0.5, distinct: 2 },
      { side: "items", name: "year", kind: "numeric", coverage: 0.5, distinct: 1 },
    ],
  });
});

test("many different values are shown in tenths of the scale", () => {
  const value = Float32Array.from({ length: 17 }, (_, i) => 1 + i / 4);
  const user = new Int32Array(17);
  const { histogram } = describeDataset({
    ...toy,
    interactions: { user, item: user, value },
  }).values;
  expect(histogram.length).toBe(10);
  expect(histogram.reduce((sum, { count }) => sum + count, 0)).toBe(17);
  expect(histogram.at(-1)).toEqual({ from: 4.6, to: 5, count: 2 });
});

test("the text for a terminal says everything, and that the world is generated", () => {
  const report = {
    events: {
      file: "r.csv",
      read: 5,
      kept: 3,
      dropped: [{ reason: "bad number" as const, count: 2, first: [{ line: 7, text: "a,x,bad" }] }],
    },
    addedUsers: 0,
    addedItems: 1,
  };
  expect(formatDescription(describeDataset(toy), report)).toBe(`toy (a generated world, no real data)
  users      3 (2 with events)
  items      2
  events     3
  sparsity   50.00 % of the user-item pairs have no event
  long tail  the top tenth of the items has 67 % of the events
  time       1970-01-01 to 1970-01-03
  hash       ${toy.hash.slice(0, 12)}

Events per user: mean 1.5, median 1.5
  1  1  ████████████████████████████████████████
  2  1  ████████████████████████████████████████

Values: mean 3, liked 67 %
  1  1  ████████████████████████████████████████
  3  1  ████████████████████████████████████████
  5  1  ████████████████████████████████████████

Features
  items.title  text     50 % filled  2 different words
  items.year   numeric  50 % filled        1 different

Cleaning
  r.csv: 5 rows read, 3 kept
    2 dropped, bad number
      line 7: a,x,bad
  1 items named by events only: added, features missing`);
});
