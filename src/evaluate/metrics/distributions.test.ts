import { expect, test } from "vitest";
import { createRng } from "../../base/rng.ts";
import { coverageCurve, coverageError } from "./distributions.ts";
import { type Ranked, type Truth, truthOf } from "./metric.ts";
import { metricNamed } from "./named.ts";

const items = Int32Array.of(0, 1, 2, 3);
const scale = { min: 1, max: 5, liked: 4 };
const truth = truthOf({ items, values: Float32Array.of(5, 2, 4, 1) }, items, scale);
const ranked: Ranked = {
  items,
  distribution: {
    mean: Float32Array.of(4, 4, 4, 4),
    median: Float32Array.of(4, 3, 3.5, 0),
    low: Float32Array.of(3, 2.5, 3, -1),
    high: Float32Array.of(5, 4, 4, 2),
  },
};

const byHand: readonly [string, number, string][] = [
  ["coverage_90", 3 / 4, "5 is in [3, 5], 2 is not in [2.5, 4], 4 is in [3, 4], 1 is in [-1, 2]"],
  ["width_90", (2 + 1.5 + 1 + 3) / 4, "high - low"],
  ["mae_median", (1 + 1 + 0.5 + 0) / 4, "the median 0 is clipped to 1"],
];

for (const [name, value, why] of byHand) {
  test(`${name} by hand: ${why}`, () => {
    expect(metricNamed(name)).toMatchObject({ name, reads: "distribution" });
    expect(metricNamed(name).measure(ranked, truth)).toBeCloseTo(value, 12);
    expect(metricNamed(name).measure({ items }, truth)).toBeNaN();
  });
}

/** A task of `n` values y ~ N(0, 1) for which N(0, spread^2) was predicted. */
function normalTask(n: number, spread: number, label: string): [Ranked, Truth] {
  const rng = createRng(3).split(label);
  const rows = Int32Array.from({ length: n }, (_, i) => i);
  const wide = { min: -10, max: 10, liked: 1 };
  const all = (value: number): Float32Array => new Float32Array(n).fill(value);
  const distribution = {
    mean: all(0),
    median: all(0),
    low: all(-1.64485 * spread),
    high: all(1.64485 * spread),
  };
  const values = Float32Array.from(rows, () => rng.normal());
  return [{ items: rows, distribution }, truthOf({ items: rows, values }, rows, wide)];
}

test("the right normal distribution covers what it says at every level, one twice as wide covers more", () => {
  const record = ([one, of]: [Ranked, Truth]) => coverageError.record(one, of) ?? new Float64Array(0);
  const right = [record(normalTask(10_000, 1, "right"))];
  for (const { nominal, observed } of coverageCurve(right))
    expect(Math.abs(observed - nominal)).toBeLessThan(0.015);
  expect(coverageCurve(right).map(({ nominal }) => nominal)).toEqual([
    0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9,
  ]);
  expect(coverageError.pool(right, 0)([1])).toBeLessThan(0.01);
  const wide = [record(normalTask(10_000, 2, "wide"))];
  // P(|y| < 2 x .67449) = .8227; P(|y| < 2 x 1.64485) = .9990.
  const at = (nominal: number) => coverageCurve(wide).find((point) => point.nominal === nominal)?.observed;
  expect(at(0.5)).toBeCloseTo(0.8227, 1);
  expect(at(0.9)).toBeCloseTo(0.999, 2);
  expect(coverageError.pool(wide, 0)([1])).toBeGreaterThan(0.15);
  expect(coverageError.pool([...right, ...wide], 0)([1, 0])).toBe(coverageError.pool(right, 0)([1]));
  expect(coverageCurve([new Float64Array(0)])).toEqual([]);
});

test("the two arms of a lopsided interval are shortened each for itself", () => {
  const one = truthOf({ items: Int32Array.of(0, 1), values: Float32Array.of(2.9, 3.6) }, items, scale);
  const all = (value: number): Float32Array => new Float32Array(2).fill(value);
  const distribution = { mean: all(3), median: all(3), low: all(2.9), high: all(5) };
  // 2.9 is a whole arm away, 3.6 three tenths of one: covered from .9 and from .4 on (.3 x 1.64485 = .493 < .5244).
  const record = coverageError.record({ items, distribution }, one) ?? new Float64Array(0);
  expect(record[0]).toBeCloseTo(1, 6);
  expect(coverageCurve([record]).map(({ observed }) => observed)).toEqual([
    0, 0, 0, 0.5, 0.5, 0.5, 0.5, 0.5, 1,
  ]);
});
