import { expect, test } from "vitest";
import { objections } from "./judge.ts";

const limits = { tolerance: 0.05, agreement: 0.8 };
const measured = (mean: number, low: number, cosine: number) => ({
  before: { ndcg: { mean: 0.2 } },
  difference: { mean, low },
  cosine: { mean: cosine },
});
const fine = Float32Array.of(1, 2);

test("a small loss whose interval is narrow passes", () => {
  expect(objections(measured(-0.005, -0.015, 0.9), fine, limits)).toEqual([]);
});

test("a loss beyond the tolerance, one that may be, and foreign vectors are each a reason", () => {
  expect(objections(measured(-0.012, -0.015, 0.9), fine, limits)[0]).toMatch(
    /changes by -6.0 %, more than .* 5.0 %/,
  );
  expect(objections(measured(-0.005, -0.025, 0.9), fine, limits)[0]).toMatch(/may have fallen by 12.5 %/);
  expect(objections(measured(0, 0, 0.7), fine, limits)).toEqual([
    "its vectors agree with the old ones by 0.700, less than 0.8",
  ]);
});

test("what is no number is never good enough", () => {
  expect(objections(measured(0, 0, 1), Float32Array.of(0, Number.NaN), limits)).toEqual([
    "a vector holds NaN",
  ]);
  expect(objections(measured(Number.NaN, Number.NaN, Number.NaN), fine, limits)).toHaveLength(2);
});
