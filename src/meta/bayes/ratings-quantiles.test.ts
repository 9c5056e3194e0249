import fc from "fast-check";
import { expect, test } from "vitest";
import { medianLevel, spreadQuantile } from "./ratings-quantiles.ts";

const f32 = (...values: number[]): Float32Array => Float32Array.from(values);

test("median: the first value at or below which half lies", () => {
  const levels = f32(1, 2, 5);
  expect(medianLevel(f32(0.5, 0.3, 0.2), levels)).toBe(1);
  expect(medianLevel(f32(0.4, 0.3, 0.3), levels)).toBe(2);
  expect(medianLevel(f32(0.1, 0.2, 0.7), levels)).toBe(5);
  // Rounding may leave the sum below a half: then the last value.
  expect(medianLevel(f32(0, 0, 0.4), levels)).toBe(5);
});

test("quantiles between unevenly spaced values, by hand", () => {
  const [p, levels] = [f32(0.2, 0.4, 0.4), f32(1, 2, 5)];
  // the cell of 2 goes from 1.5 to 3.5: the first half of its mass is spread over .5, the second over 1.5
  expect(spreadQuantile(p, levels, 0.3)).toBeCloseTo(1.75, 5);
  expect(spreadQuantile(p, levels, 0.4)).toBeCloseTo(2, 5);
  expect(spreadQuantile(p, levels, 0.5)).toBeCloseTo(2.75, 5);
  expect(spreadQuantile(p, levels, 0.7)).toBeCloseTo(4.25, 5);
  // never beyond the scale
  expect(spreadQuantile(p, levels, 0.05)).toBe(1);
  expect(spreadQuantile(p, levels, 0.9)).toBe(5);
  expect(spreadQuantile(f32(1), f32(3), 0.7)).toBe(3);
});

test("a value lies at or above a quantile exactly when half of it and all below reach the share", () => {
  const shares = fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 2, maxLength: 6 });
  const share = fc.double({ min: 0.01, max: 0.49, noNaN: true });
  const property = fc.property(shares, share, (raw, tail) => {
    const total = raw.reduce((a, b) => a + b, 0);
    const p = Float32Array.from(raw, (x) => x / total);
    const levels = Float32Array.from(raw, (_, c) => 1 + c * (c + 1));
    const [low, high] = [spreadQuantile(p, levels, tail), spreadQuantile(p, levels, 1 - tail)];
    expect(low).toBeLessThanOrEqual(high);
    let below = 0;
    p.forEach((one, c) => {
      const middle = below + one / 2;
      below += one;
      const depth = Math.min(middle, 1 - middle);
      if (Math.abs(depth - tail) < 1e-5) return;
      expect(low <= levels[c]! && levels[c]! <= high).toBe(depth > tail);
    });
  });
  fc.assert(property, { seed: 5, numRuns: 200 });
});
