import fc from "fast-check";
import { expect, test } from "vitest";
import { createRng } from "../../base/rng.ts";
import { type Regression, ridgePosterior, ridgeWithout } from "./item-ridge.ts";

test("one observation in one dimension, by hand", () => {
  // Precision 1 / 0.5 + 2^2 / 4 = 3, mean (2 * 6 / 4) / 3 = 1.
  const options = { precision: Float64Array.of(2), noise: 4 };
  const { mean, covariance } = ridgePosterior({ g: Float64Array.of(2), y: Float64Array.of(6) }, options);
  expect(mean[0]).toBeCloseTo(1, 12);
  expect(covariance[0]).toBeCloseTo(1 / 3, 12);
});

test("taking an event out is the regression on the others", () => {
  const sizes = fc.record({
    d: fc.integer({ min: 1, max: 5 }),
    n: fc.integer({ min: 1, max: 12 }),
    seed: fc.nat(),
  });
  fc.assert(
    fc.property(sizes, ({ d, n, seed }) => {
      const rng = createRng(seed);
      const all: Regression = {
        g: Float64Array.from({ length: n * d }, () => rng.normal()),
        y: Float64Array.from({ length: n }, () => rng.normal()),
      };
      const options = { precision: Float64Array.from({ length: d }, () => 0.5 + rng.next()), noise: 0.6 };
      const left = rng.int(n);
      const rest: Regression = {
        g: all.g.filter((_, at) => Math.floor(at / d) !== left),
        y: all.y.filter((_, j) => j !== left),
      };
      const got = ridgeWithout(ridgePosterior(all, options), all, left, options.noise);
      ridgePosterior(rest, options).mean.forEach((x, k) => expect(got[k]).toBeCloseTo(x, 8));
    }),
    { seed: 2, numRuns: 60 },
  );
});
