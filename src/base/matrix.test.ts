import { expect, test } from "vitest";
import { inner, product, times } from "./matrix.ts";

test("products of small matrices, by hand", () => {
  const [a, b] = [Float64Array.of(1, 2, 3, 4), Float64Array.of(0, 1, -1, 2)];
  expect([...product(a, b, 2)]).toEqual([-2, 5, -4, 11]);
  expect([...times(a, [1, -1])]).toEqual([-1, -1]);
  expect(inner(a, [10, 1])).toBe(12);
  expect(inner(a, [10, 1], 2)).toBe(34);
});
