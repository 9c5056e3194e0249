import { describe, expect, test } from "vitest";
import { type FedRatings, fedRatings } from "../../testing/fed-ratings.ts";
import { createRng } from "../base/rng.ts";
import type { Tensor } from "../tensor/index.ts";
import { type RatedItems, ratedFeatures, tasteSize } from "./ratings.ts";
import { type RatingsBatch, ratingsLoss } from "./ratings-loss.ts";
import { levelProbabilities, predictRatings, ratingsPosterior } from "./ratings-posterior.ts";

const shape = { factorSize: 2, contentSize: 1, presenceSize: 2, levels: 4 };
const d = tasteSize(shape);

const fed = (): FedRatings => fedRatings(shape);

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
    presence: take("presence", [1, 2], [3, 4]),
    keep: take("keep", [1], [1]),
  };
  const { mean, covariance } = ratingsPosterior(of, take("person", [d], [0.5, 0, -1, 0, 2]), nothing);
  const variances = [0, 1, 2, -1, -2].map(Math.exp);
  expect(run(mean, covariance)).toEqual([
    close([1.5, 2, 2, 4, 7]),
    close(Array.from({ length: d * d }, (_, k) => (k % (d + 1) === 0 ? variances[k / (d + 1)]! : 0))),
  ]);
});

describe("one factor of variance 4, one event of noise 2 that came 3 above what the prior expected", () => {
  const meet = (given: Readonly<Record<string, readonly number[]>>, keep = 1) => {
    const { take, params, run } = fed();
    const of = params({ "taste.logVariance": [Math.log(4), 0, 0, 0, 0], ...given });
    const support = {
      phi: take("phi", [2, d], [1, 0, 0, 0, 0, 1, 0, 0, 0, 0]),
      bias: take("bias", [2], [0.5, 0]),
      noise: take("noise", [2], [2, 1]),
      value: take("value", [2], [3.5, 99]),
      mask: take("mask", [2], [1, 0]),
      presence: take("presence", [2, 2], [3, -1, 50, 50]),
      keep: take("keep", [2], [keep, 1]),
    };
    const taste = ratingsPosterior(of, take("person", [d], new Array(d).fill(0)), support);
    const query = {
      phi: take("query", [1, d], [1, 0, 0, 0, 0]),
      bias: take("level", [1], [0]),
      noise: take("own", [1], [2]),
    };
    const { mean, variance } = predictRatings(taste, query);
    return run(taste.mean, taste.scale, variance)
      .concat(run(mean))
      .map((x) => x[0]!);
  };

  test("the scale is (v + r^2 / K) / (v + 1) with K = 4 + 2; it multiplies every variance and moves no mean", () => {
    // posterior variance 1 / (1/4 + 1/2) = 4/3, mean 4/3 (3/2) = 2
    for (const [freedom, scale] of [
      [8, (8 + 9 / 6) / 9],
      [0.5, (0.5 + 9 / 6) / 1.5],
    ] as const) {
      const [taste, factor, variance, mean] = meet({ "noise.freedom": [Math.log(freedom)] });
      expect([taste, factor, mean]).toEqual(close([2, scale, 2]));
      expect(variance).toBeCloseTo(scale * (4 / 3 + 2), 6);
    }
  });

  test("the presence of a known item shifts the prior mean by shift^T p / (n + 3 e^gate), that of a cold one does not", () => {
    const shift = new Array(2 * d).fill(0).map((_, k) => (k === 0 ? 0.4 : k === d ? 0.2 : 0));
    const given = { "chosen.shift": shift, "chosen.gate": [Math.log(3)], "noise.freedom": [30] };
    // (.4 * 3 - .2) / (1 + 9) = .1: the event is .1 less of a surprise
    expect(meet(given)[0]).toBeCloseTo(0.1 + (4 / 6) * 2.9, 6);
    expect(meet(given, 0)[0]).toBeCloseTo(2, 6);
  });
});

test("a loss is the mean surprise of the query's levels and the squared error of their means; padding and other people have no part in it", () => {
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
    "chosen.shift": numbers(2 * d),
    "noise.freedom": [1],
  };
  const [content, factors, predicted] = [numbers(u * 2), numbers(u * 2), numbers(u * 2)];
  const presence = numbers(u * 2);
  const [person, level, value] = [numbers(b * d), numbers(b * slots), numbers(b * slots)];
  const rows = [0, 1, 2, 3, 1, 3, 2, 0, 1, 2];
  const rank = [0, 1, 2, 3, 1, 3, 0, 0, 2, 3];
  const values = [-1.2, -0.3, 0.4, 1.3];
  const losses = (mask: readonly number[], given: readonly number[] = value, squaredError = 0): number[] => {
    const { take, params, run } = fed();
    const wide = (name: string, given: readonly number[]): Tensor => take(name, [b, slots], given);
    const batch: RatingsBatch = {
      content: take("content", [u, 2], content),
      factors: take("factors", [u, 2], factors),
      predicted: take("predicted", [u, 2], predicted),
      presence: take("presence", [u, 2], presence),
      person: take("person", [b, d], person),
      rows: take("rows", [b, slots], rows, "int32"),
      rank: take("rank", [b, slots], rank, "int32"),
      keep: wide("keep", [1, 0, 1, 0, 1, 1, 1, 0, 0, 1]),
      level: wide("level", level),
      count: wide("count", new Array(b * slots).fill(3)),
      spread: wide("spread", new Array(b * slots).fill(0.5)),
      value: wide("value", given),
      mask: wide("mask", mask),
      levels: take("levels", [values.length], values),
    };
    return run(ratingsLoss(params(of), batch, { shots, squaredError }))[0]!;
  };
  /** What the first person's distribution at query slot q says, from the public pieces. */
  const judged = (q: number): { surprise: number; error: number } => {
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
      presence: take("presence", [2, 2], presence.slice(0, 4)),
      keep: take("keep", [2], [1, 0]),
    };
    const taste = ratingsPosterior(known, take("person", [d], person.slice(0, d)), support);
    const predictive = predictRatings(taste, ratedFeatures(known, item("q", [shots + q])));
    const [p] = run(levelProbabilities(known, predictive));
    const mean = p!.reduce((total, share, c) => total + share * values[c]!, 0);
    return { surprise: -Math.log(p![rank[shots + q]!]! + 1e-6), error: mean - value[shots + q]! };
  };
  const surprise = (q: number): number => judged(q).surprise;
  const all = new Array(b * slots).fill(1);
  const [first] = losses(all);
  expect(first).toBeCloseTo((surprise(0) + surprise(1) + surprise(2)) / 3, 6);
  const padded = all.map((x, j) => (j === 4 ? 0 : x));
  expect(losses(padded)[0]).toBeCloseTo((surprise(0) + surprise(1)) / 2, 6);
  const squares = [0, 1].reduce((total, q) => total + judged(q).error ** 2, 0);
  expect(losses(padded, value, 4)[0]).toBeCloseTo(losses(padded)[0]! + (4 * squares) / 2, 6);
  const shifted = value.map((x, j) => (j >= slots ? x + 3 : x));
  expect(losses(all, shifted)[0]).toBeCloseTo(first!, 9);
  expect(losses(all, shifted)[1]).not.toBeCloseTo(losses(all)[1]!, 3);
});
