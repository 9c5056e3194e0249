import { expect, test } from "vitest";
import { encodeVector, fitVector } from "./vector.ts";

const rows = [Float32Array.of(1, 0), Float32Array.of(3, 4), Float32Array.of(Number.NaN, 0)];

test("centres over the known rows and scales to a mean squared length of one", () => {
  const field = fitVector(rows, 2);
  expect(field.mean).toEqual([2, 2]);
  expect(encodeVector(field, rows[0]!)).toEqual([
    [0, -1 / Math.sqrt(5)],
    [1, -2 / Math.sqrt(5)],
  ]);
});

test("a missing vector is an empty bag, and of no known row nothing is learned", () => {
  const field = fitVector([rows[2]!], 2);
  expect(encodeVector(field, rows[2]!)).toEqual([]);
  expect(encodeVector(field, rows[1]!)).toEqual([
    [0, 3],
    [1, 4],
  ]);
});
