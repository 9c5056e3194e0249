import { describe, expect, test } from "vitest";
import { fedRatings } from "../../testing/fed-ratings.ts";
import { createRng } from "../base/rng.ts";
import { type RatedItems, ratedFeatures } from "./ratings.ts";
import { predictRatings, ratingsPosterior } from "./ratings-posterior.ts";

describe("people whose taste is linear, N(0, I / 3), seen through noise of .3", () => {
  const [people, shots, queries, width] = [200, 10, 20, 3];
  const world = { factorSize: width, contentSize: 1, presenceSize: 1, levels: 5 };
  const rng = createRng(21).split("linear taste");
  const numbers = (n: number, deviation = 1): number[] =>
    Array.from({ length: n }, () => deviation * rng.normal());
  const tastes = Array.from({ length: people }, () => numbers(width, Math.sqrt(1 / width)));
  const factors = numbers(people * (shots + queries) * width);
  const levels = numbers(people * (shots + queries), 0.5);
  const at = (u: number, j: number): number => u * (shots + queries) + j;
  const truth = (u: number, j: number): number =>
    levels[at(u, j)]! + tastes[u]!.reduce((sum, w, k) => sum + w * factors[at(u, j) * width + k]!, 0);
  const observed = factors.slice(0, factors.length / width).map((_, k) => {
    const [u, j] = [Math.floor(k / (shots + queries)), k % (shots + queries)];
    return truth(u, j) + 0.3 * rng.normal();
  });
  /** What the head would have learned of such a world: nothing else varies but the three factors. */
  const learned = {
    "taste.logVariance": [0, 0, 0, -30, -30, -30].map((x, k) => (k < width ? Math.log(1 / width) : x)),
    "item.warmGain": [1],
    "noise.base": [Math.log(0.09)],
    "noise.rare": [-30],
    "noise.freedom": [30],
  };

  /** Mean and variance of the query slots after the first `used` events. `[people, queries]` each */
  function predict(used: number): { mean: number[]; variance: number[] } {
    const { take, params, run } = fedRatings(world);
    const part = (name: string, from: number, n: number): RatedItems => {
      const dims = [people, n];
      const cells = Array.from({ length: people * n }, (_, k) => at(Math.floor(k / n), from + (k % n)));
      const fill = (x: number): number[] => new Array(people * n).fill(x);
      return {
        content: take(`${name}content`, [...dims, 2], new Array(people * n * 2).fill(0)),
        factors: take(
          `${name}factors`,
          [...dims, width],
          cells.flatMap((k) => factors.slice(k * width, (k + 1) * width)),
        ),
        predicted: take(`${name}predicted`, [...dims, width], new Array(people * n * width).fill(0)),
        keep: take(`${name}keep`, dims, fill(1)),
        level: take(
          `${name}level`,
          dims,
          cells.map((k) => levels[k]!),
        ),
        count: take(`${name}count`, dims, fill(1)),
        spread: take(`${name}spread`, dims, fill(0)),
      };
    };
    const known = params(learned);
    const cells = Array.from({ length: people * shots }, (_, k) => at(Math.floor(k / shots), k % shots));
    const support = {
      ...ratedFeatures(known, part("s", 0, shots)),
      value: take(
        "value",
        [people, shots],
        cells.map((k) => observed[k]!),
      ),
      mask: take(
        "mask",
        [people, shots],
        cells.map((_, k) => Number(k % shots < used)),
      ),
      presence: take("presence", [people, shots, 1], new Array(people * shots).fill(0)),
      keep: take("keep", [people, shots], new Array(people * shots).fill(1)),
    };
    const person = take("person", [people, width + 3], new Array(people * (width + 3)).fill(0));
    const taste = ratingsPosterior(known, person, support);
    const { mean, variance } = predictRatings(taste, ratedFeatures(known, part("q", shots, queries)));
    const out = run(mean, variance);
    return { mean: out[0]!, variance: out[1]! };
  }

  const cellsOf = Array.from(
    { length: people * queries },
    (_, k) => [Math.floor(k / queries), shots + (k % queries)] as const,
  );
  const average = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

  test.each([0, 2, 5, 10])("after %s events the error is as large as the variance says", (used) => {
    const { mean, variance } = predict(used);
    const errors = cellsOf.map(([u, j], k) => (truth(u, j) - mean[k]!) ** 2);
    const ratio = average(errors) / average(variance.map((v) => v - 0.09));
    expect(ratio).toBeGreaterThan(0.85);
    expect(ratio).toBeLessThan(1.15);
  });

  test.each([0, 2, 5, 10])("after %s events nine in ten intervals of 90 %% hold the value", (used) => {
    const { mean, variance } = predict(used);
    const inside = cellsOf.map(([u, j], k) =>
      Number(Math.abs(observed[at(u, j)]! - mean[k]!) < 1.645 * Math.sqrt(variance[k]!)),
    );
    expect(average(inside)).toBeGreaterThan(0.87);
    expect(average(inside)).toBeLessThan(0.93);
  });

  test("after ten events the mean is within two thirds of the noise of the truth; no event makes anything less sure", () => {
    const found = [0, 1, 2, 5, 10].map(predict);
    const last = cellsOf.map(([u, j], k) => Math.abs(truth(u, j) - found[4]!.mean[k]!));
    expect(average(last)).toBeLessThan(0.2);
    for (let step = 1; step < found.length; step++)
      found[step]!.variance.forEach((v, k) =>
        expect(v).toBeLessThanOrEqual(found[step - 1]!.variance[k]! + 1e-9),
      );
    expect(average(found[4]!.variance)).toBeLessThan(0.2 * average(found[0]!.variance));
  });
});
