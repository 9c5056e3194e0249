import { describe, expect, test } from "vitest";
import { evaluate } from "../../testing/reference.ts";
import { createRng } from "../base/rng.ts";
import { input, mapTree, type Shape, type Tensor } from "../tensor/index.ts";
import {
  levelProbabilities,
  predictRatings,
  type RatedItems,
  type RatingsBatch,
  type RatingsParams,
  ratedFeatures,
  ratingsLoss,
  ratingsPosterior,
  ratingsShapes,
  tasteSize,
} from "./ratings.ts";

const shape = { factorSize: 2, contentSize: 1, levels: 4 };
const d = tasteSize(shape);

/** Inputs with the numbers they are fed. */
function fed() {
  const feeds = new Map<Tensor, ArrayLike<number>>();
  const take = (
    name: string,
    dims: Shape,
    values: ArrayLike<number>,
    dtype: "float32" | "int32" = "float32",
  ): Tensor => {
    const tensor = input(name, dims, dtype);
    feeds.set(tensor, values);
    return tensor;
  };
  const params = (values: Readonly<Record<string, readonly number[]>>, of = shape): RatingsParams<Tensor> =>
    mapTree<RatingsParams<Shape>, Shape, Tensor>(ratingsShapes(of), (dims, path) =>
      take(path, dims, values[path] ?? new Array(dims.reduce((a, b) => a * b, 1)).fill(0)),
    );
  const run = (...outputs: Tensor[]): number[][] => evaluate(outputs, feeds).map((x) => [...x]);
  return { take, params, run };
}

const close = (values: readonly number[], digits = 6): unknown[] =>
  values.map((x) => expect.closeTo(x, digits));

test("features, bias and noise of a warm and a cold item, by hand", () => {
  const { take, params, run } = fed();
  const items: RatedItems = {
    content: take("content", [2, 2], [0.5, 0.1, -0.5, 0.2]),
    factors: take("factors", [2, 2], [1, 2, 77, 77]),
    predicted: take("predicted", [2, 2], [88, 88, 3, 4]),
    keep: take("keep", [2], [1, 0]),
    level: take("level", [2], [0.7, -0.3]),
    count: take("count", [2], [6, 99]),
    spread: take("spread", [2], [55, 0.4]),
  };
  const of = params({
    "item.cold": [0, 10, 1, 0],
    "item.warmGain": [2],
    "item.coldGain": [3],
    "noise.base": [Math.log(0.5)],
    "noise.cold": [Math.log(2)],
    "noise.rare": [Math.log(20)],
  });
  const { phi, bias, noise } = ratedFeatures(of, items);
  expect(run(phi, bias, noise)).toEqual([
    // (3, 4) times [[0, 10], [1, 0]] is (4, 30)
    close([1, 2, 0.5, 1, 0.7, 4, 30, -0.5, 1, -0.3]),
    close([0.1 + 2 * 0.7, 0.2 - 3 * 0.3]),
    close([0.5 + 20 / 10, 0.5 + 2 * 0.4]),
  ]);
});

describe("probabilities of levels", () => {
  const at = [-1, 0, 1];
  const probabilities = (means: readonly number[], variances: readonly number[]): number[][] => {
    const { take, params, run } = fed();
    const n = means.length;
    const predictive = { mean: take("mean", [n], means), variance: take("variance", [n], variances) };
    const [out] = run(levelProbabilities(params({ "threshold.at": at }), predictive));
    return Array.from({ length: n }, (_, i) => out!.slice(4 * i, 4 * i + 4));
  };

  test("by hand: the logistic that stands for a normal", () => {
    const logistic = (x: number): number => 1 / (1 + Math.exp(-1.702 * x));
    const [p] = probabilities([0.5], [4]);
    const cumulative = at.map((t) => logistic((t - 0.5) / 2));
    expect(p).toEqual(
      close([
        cumulative[0]!,
        cumulative[1]! - cumulative[0]!,
        cumulative[2]! - cumulative[1]!,
        1 - cumulative[2]!,
      ]),
    );
  });

  test("they sum to one, are positive, and grow upwards with the mean", () => {
    const means = Array.from({ length: 41 }, (_, i) => -4 + i / 5);
    const rows = probabilities(
      means,
      means.map((_, i) => 0.1 + (i % 3)),
    );
    for (const p of rows) expect(p.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
    for (const p of rows) expect(Math.min(...p)).toBeGreaterThan(0);
    const same = probabilities(
      means,
      means.map(() => 0.7),
    );
    const above = (p: readonly number[], level: number): number => p.slice(level).reduce((a, b) => a + b, 0);
    for (const level of [1, 2, 3])
      for (let i = 1; i < same.length; i++)
        expect(above(same[i]!, level)).toBeGreaterThan(above(same[i - 1]!, level));
  });

  test("the more uncertain, the flatter", () => {
    const [sure, unsure] = probabilities([0.5, 0.5], [0.05, 5]);
    expect(sure![2]).toBeGreaterThan(0.9);
    expect(unsure![2]).toBeLessThan(0.3);
  });
});

test("somebody without events has the mean taste, shifted by what their attributes say; variances are the prior's", () => {
  const { take, params, run } = fed();
  const of = params({ "taste.mean": [1, 2, 3, 4, 5], "taste.logVariance": [0, 1, 2, -1, -2] });
  const nothing = {
    phi: take("phi", [1, d], new Array(d).fill(1)),
    bias: take("bias", [1], [0]),
    noise: take("noise", [1], [1]),
    value: take("value", [1], [7]),
    mask: take("mask", [1], [0]),
  };
  const { mean, covariance } = ratingsPosterior(of, take("person", [d], [0.5, 0, -1, 0, 2]), nothing);
  const variances = [0, 1, 2, -1, -2].map(Math.exp);
  expect(run(mean, covariance)).toEqual([
    close([1.5, 2, 2, 4, 7]),
    close(Array.from({ length: d * d }, (_, k) => (k % (d + 1) === 0 ? variances[k / (d + 1)]! : 0))),
  ]);
});

test("a loss is the mean surprise of the query's levels; padding and other people have no part in it", () => {
  const rng = createRng(6);
  const [b, shots, queries, u] = [2, 2, 3, 4];
  const slots = shots + queries;
  const numbers = (n: number): number[] => Array.from({ length: n }, () => rng.normal());
  const of = {
    "taste.mean": numbers(d),
    "item.cold": numbers(4),
    "item.warmGain": [1],
    "noise.base": [-0.5],
    "threshold.at": [-0.8, 0.1, 0.9],
  };
  const [content, factors, predicted] = [numbers(u * 2), numbers(u * 2), numbers(u * 2)];
  const [person, level, value] = [numbers(b * d), numbers(b * slots), numbers(b * slots)];
  const rows = [0, 1, 2, 3, 1, 3, 2, 0, 1, 2];
  const rank = [0, 1, 2, 3, 1, 3, 0, 0, 2, 3];
  const losses = (mask: readonly number[], values: readonly number[] = value): number[] => {
    const { take, params, run } = fed();
    const wide = (name: string, given: readonly number[]): Tensor => take(name, [b, slots], given);
    const batch: RatingsBatch = {
      content: take("content", [u, 2], content),
      factors: take("factors", [u, 2], factors),
      predicted: take("predicted", [u, 2], predicted),
      person: take("person", [b, d], person),
      rows: take("rows", [b, slots], rows, "int32"),
      rank: take("rank", [b, slots], rank, "int32"),
      keep: wide("keep", [1, 0, 1, 0, 1, 1, 1, 0, 0, 1]),
      level: wide("level", level),
      count: wide("count", new Array(b * slots).fill(3)),
      spread: wide("spread", new Array(b * slots).fill(0.5)),
      value: wide("value", values),
      mask: wide("mask", mask),
    };
    return run(ratingsLoss(params(of), batch, shots))[0]!;
  };
  /** The first person's surprise at query slot q, from the public pieces. */
  const surprise = (q: number): number => {
    const { take, params, run } = fed();
    const item = (name: string, at: readonly number[]): RatedItems => ({
      content: take(
        `${name}content`,
        [at.length, 2],
        at.flatMap((j) => content.slice(2 * rows[j]!, 2 * rows[j]! + 2)),
      ),
      factors: take(
        `${name}factors`,
        [at.length, 2],
        at.flatMap((j) => factors.slice(2 * rows[j]!, 2 * rows[j]! + 2)),
      ),
      predicted: take(
        `${name}predicted`,
        [at.length, 2],
        at.flatMap((j) => predicted.slice(2 * rows[j]!, 2 * rows[j]! + 2)),
      ),
      keep: take(
        `${name}keep`,
        [at.length],
        at.map((j) => [1, 0, 1, 0, 1][j]!),
      ),
      level: take(
        `${name}level`,
        [at.length],
        at.map((j) => level[j]!),
      ),
      count: take(
        `${name}count`,
        [at.length],
        at.map(() => 3),
      ),
      spread: take(
        `${name}spread`,
        [at.length],
        at.map(() => 0.5),
      ),
    });
    const known = params(of);
    const support = {
      ...ratedFeatures(known, item("s", [0, 1])),
      value: take("value", [2], value.slice(0, 2)),
      mask: take("mask", [2], [1, 1]),
    };
    const taste = ratingsPosterior(known, take("person", [d], person.slice(0, d)), support);
    const predictive = predictRatings(taste, ratedFeatures(known, item("q", [shots + q])));
    const [p] = run(levelProbabilities(known, predictive));
    return -Math.log(p![rank[shots + q]!]! + 1e-6);
  };
  const all = new Array(b * slots).fill(1);
  const [first] = losses(all);
  expect(first).toBeCloseTo((surprise(0) + surprise(1) + surprise(2)) / 3, 6);
  const padded = all.map((x, j) => (j === 4 ? 0 : x));
  expect(losses(padded)[0]).toBeCloseTo((surprise(0) + surprise(1)) / 2, 6);
  const shifted = value.map((x, j) => (j >= slots ? x + 3 : x));
  expect(losses(all, shifted)[0]).toBeCloseTo(first!, 9);
  expect(losses(all, shifted)[1]).not.toBeCloseTo(losses(all)[1]!, 3);
});

describe("people whose taste is linear, N(0, I / 3), seen through noise of .3", () => {
  const [people, shots, queries, width] = [200, 10, 20, 3];
  const world = { factorSize: width, contentSize: 1, levels: 5 };
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
  };

  /** Mean and variance of the query slots after the first `used` events. `[people, queries]` each */
  function predict(used: number): { mean: number[]; variance: number[] } {
    const { take, params, run } = fed();
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
    const known = params(learned, world);
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
