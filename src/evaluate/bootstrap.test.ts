import { expect, test } from "vitest";
import { createRng } from "../base/rng.ts";
import { bootstrapFigure, bootstrapMean, pairedBootstrap, pairedFigures } from "./bootstrap.ts";

const normals = (n: number, label: string, mean = 0): Float64Array => {
  const rng = createRng(11).split(label);
  return Float64Array.from({ length: n }, () => mean + rng.normal());
};

test("the interval has the width of the normal theory and covers the true mean 95 times in 100", () => {
  const trials = 200;
  let covered = 0;
  for (let trial = 0; trial < trials; trial++) {
    const { low, high } = bootstrapMean(normals(100, `trial ${trial}`, 3), { seed: trial, resamples: 400 });
    if (low <= 3 && 3 <= high) covered++;
  }
  // Binomial(200, .95) has standard deviation .015; the percentile interval of 100 normals covers about .94.
  expect(covered / trials).toBeGreaterThan(0.89);
  expect(covered / trials).toBeLessThan(0.99);
  const values = normals(2500, "width");
  const { low, high } = bootstrapMean(values, { seed: 1 });
  expect(high - low).toBeCloseTo((2 * 1.96) / Math.sqrt(2500), 2);
});

test("tasks without a value are left out and counted", () => {
  const interval = bootstrapMean(Float64Array.of(1, Number.NaN, 3, 2, Number.NaN), { seed: 1 });
  expect([interval.mean, interval.tasks, interval.leftOut]).toEqual([2, 3, 2]);
  const none = bootstrapMean(Float64Array.of(Number.NaN), { seed: 1 });
  expect(none).toEqual({ mean: Number.NaN, low: Number.NaN, high: Number.NaN, tasks: 0, leftOut: 1 });
});

test("the same seed gives the same interval, a constant has no width", () => {
  const values = normals(50, "seeded");
  expect(bootstrapMean(values, { seed: 4 })).toEqual(bootstrapMean(values, { seed: 4 }));
  expect(bootstrapMean(values, { seed: 4 })).not.toEqual(bootstrapMean(values, { seed: 5 }));
  expect(bootstrapMean(Float64Array.of(2, 2, 2), { seed: 1 })).toMatchObject({ mean: 2, low: 2, high: 2 });
});

test("identical systems are never significant, a clear difference is, and its sign does not matter", () => {
  const a = normals(300, "a");
  expect(pairedBootstrap(a, a, { seed: 1 })).toMatchObject({ mean: 0, low: 0, high: 0, p: 1 });
  const noise = normals(300, "noise");
  const better = a.map((v, i) => v + 0.05 + 0.1 * (noise[i] as number));
  const won = pairedBootstrap(better, a, { seed: 1 });
  expect(won.low).toBeGreaterThan(0);
  expect(won.p).toBeLessThan(0.005);
  expect(pairedBootstrap(a, better, { seed: 1 }).p).toBeCloseTo(won.p, 10);
  // Unpaired, the same difference drowns: the spread of a is twenty times as large.
  expect(bootstrapMean(a, { seed: 1 }).high).toBeGreaterThan(bootstrapMean(better, { seed: 1 }).low);
});

test("without a true difference p < .05 happens about one time in twenty", () => {
  let rejected = 0;
  for (let trial = 0; trial < 200; trial++) {
    const [a, b] = [normals(60, `a${trial}`), normals(60, `b${trial}`)];
    if (pairedBootstrap(a, b, { seed: trial, resamples: 300 }).p < 0.05) rejected++;
  }
  expect(rejected / 200).toBeGreaterThan(0.01);
  expect(rejected / 200).toBeLessThan(0.11);
});

test("a task counts only when both systems have a value", () => {
  const a = Float64Array.of(1, Number.NaN, 3, 5);
  const b = Float64Array.of(0, 1, Number.NaN, 2);
  expect(pairedBootstrap(a, b, { seed: 1 })).toMatchObject({ mean: 2, tasks: 2, leftOut: 2 });
  expect(() => pairedBootstrap(a, b.subarray(1), { seed: 1 })).toThrow(/same tasks, got 4 and 3 tasks/);
});

test("a pooled mean has the interval of the mean, and its paired difference that of the differences", () => {
  const values = normals(400, "pooled", 2);
  const mean = (of: Float64Array) => (counts: ArrayLike<number>) => {
    let [sum, n] = [0, 0];
    of.forEach((v, i) => {
      sum += v * counts[i]!;
      n += counts[i]!;
    });
    return sum / n;
  };
  const [pooled, plain] = [
    bootstrapFigure(mean(values), 400, { seed: 1 }),
    bootstrapMean(values, { seed: 1 }),
  ];
  // The same draws of tasks, so the same means up to rounding.
  expect(pooled.mean).toBeCloseTo(plain.mean, 10);
  expect(pooled.low).toBeCloseTo(plain.low, 10);
  expect(pooled.high).toBeCloseTo(plain.high, 10);
  const better = values.map((v, i) => v + 0.05 * Math.sin(i) + 0.01);
  const won = pairedFigures(mean(better), mean(values), 400, { seed: 1 });
  const known = pairedBootstrap(better, values, { seed: 1 });
  expect([won.mean, won.low, won.high].map((v) => v.toFixed(10))).toEqual(
    [known.mean, known.low, known.high].map((v) => v.toFixed(10)),
  );
  expect(won.p).toBe(known.p);
  expect(bootstrapFigure(() => Number.NaN, 3, { seed: 1 })).toMatchObject({
    mean: Number.NaN,
    low: Number.NaN,
  });
  expect(bootstrapFigure(mean(values), 0, { seed: 1 })).toMatchObject({ mean: Number.NaN, tasks: 0 });
});
