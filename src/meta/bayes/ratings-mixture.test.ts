import { expect, test } from "vitest";
import { mixed } from "./ratings-mixture.ts";

test("a mixture by hand: shares are averaged, and where members disagree it is less sure", () => {
  const sure = {
    mean: Float32Array.of(1, 0),
    variance: Float32Array.of(0.5, 2),
    probabilities: Float32Array.of(0.25, 0.75, 1, 0),
  };
  const other = {
    mean: Float32Array.of(3, 0),
    variance: Float32Array.of(1.5, 4),
    probabilities: Float32Array.of(0.75, 0.25, 0.5, 0.5),
  };
  expect(mixed([sure, other])).toEqual({
    mean: Float32Array.of(2, 0),
    // the mean of the variances, and the variance of the means: 1 + 1, and 3 + 0
    variance: Float32Array.of(2, 3),
    probabilities: Float32Array.of(0.5, 0.5, 0.75, 0.25),
  });
  expect(mixed([sure])).toEqual(sure);
});
