import { expect, test } from "vitest";
import { bucketOf, memo, padded, roomFor } from "./buckets.ts";

test.each([
  [0, 8, 8],
  [8, 8, 8],
  [9, 8, 16],
  [33, 8, 64],
  [5, 1, 8],
  [7, 3, 12],
])("%i in buckets from %i up is %i", (n, least, bucket) => {
  expect(bucketOf(n, least)).toBe(bucket);
});

test("memo makes a value once per key", () => {
  const made: string[] = [];
  const make = memo((key: string) => {
    made.push(key);
    return { key };
  });
  expect(make("a")).toBe(make("a"));
  expect(make("b")).toEqual({ key: "b" });
  expect(made).toEqual(["a", "b"]);
});

test("memo hands out a promise that is still pending, so nothing is compiled twice", () => {
  let started = 0;
  const make = memo(async () => ++started);
  expect(make(undefined)).toBe(make(undefined));
  expect(started).toBe(1);
});

test("padded is a copy followed by zeros", () => {
  const values = Float32Array.of(1, 2);
  const out = padded(values, 4);
  expect([...out]).toEqual([1, 2, 0, 0]);
  out[0] = 9;
  expect(values[0]).toBe(1);
});

test.each([
  [0, 16],
  [16, 16],
  [17, 20],
  [33, 40],
  [1310, 1536],
  [2048, 2048],
  [2049, 2560],
  [10_000, 10_240],
])("a list of %i has room for %i", (n, room) => {
  expect(roomFor(n)).toBe(room);
});
