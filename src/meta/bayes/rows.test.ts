import { expect, test } from "vitest";
import { gatherRows, nearestLevel, paddedRows } from "./rows.ts";

const table = Float32Array.of(0, 1, 10, 11, 20, 21);

test("rows in the order asked for, repeated ones too; zeros after them", () => {
  expect([...gatherRows(table, 2, [2, 0, 2])]).toEqual([20, 21, 0, 1, 20, 21]);
  expect([...paddedRows(table, 2, [1, 2], 3)]).toEqual([10, 11, 20, 21, 0, 0]);
  expect([...gatherRows(table, 2, [])]).toEqual([]);
});

test("the nearest level, the lower of two equally near, the ends beyond the ends", () => {
  const levels = Float32Array.of(1, 2, 4);
  expect([1.4, 1.6, 3, 3.1, -9, 99].map((value) => nearestLevel(levels, value))).toEqual([0, 1, 1, 2, 0, 2]);
});
