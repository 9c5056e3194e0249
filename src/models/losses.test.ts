import { describe, expect, test } from "vitest";
import { checkGradient } from "../../testing/check-gradient.ts";
import { evaluate } from "../../testing/reference.ts";
import { constant, grad, type Tensor } from "../tensor/index.ts";
import { losses } from "./losses.ts";

type Name = keyof typeof losses;

interface Given {
  readonly score: readonly number[];
  readonly value: readonly number[];
  readonly mask: readonly number[];
}

function tensors({ score, value, mask }: Given): { score: Tensor; events: { value: Tensor; mask: Tensor } } {
  const n = [score.length];
  return { score: constant(score, n), events: { value: constant(value, n), mask: constant(mask, n) } };
}

function lossOf(name: Name, given: Given, shrinkage?: number): number {
  const { score, events } = tensors(given);
  return evaluate([losses[name](score, events, shrinkage)], new Map())[0]![0]!;
}

function gradientOf(name: Name, given: Given): number[] {
  const { score, events } = tensors(given);
  return [...evaluate([grad(losses[name](score, events), score)], new Map())[0]!];
}

const names = Object.keys(losses) as Name[];
const logit = Math.log(3);

describe("by hand", () => {
  test("squared: (1 * 4 + 2 * 1) / (3 + shrinkage)", () => {
    const given = { score: [3, 0, 50], value: [1, 1, 0], mask: [1, 2, 0] };
    expect(lossOf("squared", given)).toBeCloseTo(2, 6);
    expect(lossOf("squared", given, 3)).toBeCloseTo(1, 12);
  });

  test("cross-entropy: probabilities 3/4 and 1/4 of what happened", () => {
    const given = { score: [logit, logit, 9], value: [1, 0, 1], mask: [1, 2, 0] };
    expect(lossOf("cross-entropy", given)).toBeCloseTo((Math.log(4 / 3) + 2 * Math.log(4)) / 3, 6);
  });

  test("cross-entropy of an event that is liked by half", () => {
    const given = { score: [logit], value: [0.5], mask: [1] };
    expect(lossOf("cross-entropy", given)).toBeCloseTo(0.5 * Math.log(4 / 3) + 0.5 * Math.log(4), 6);
  });

  test("softmax: each positive against all negatives, a negative of weight 2 counts twice", () => {
    // e^score: positives 3 and 1, negatives 1 (weight 1) and 1 (weight 2), padding 1000
    const given = { score: [logit, 0, 0, 0, 7], value: [1, 1, 0, 0, 0], mask: [1, 3, 1, 2, 0] };
    const expected = (-Math.log(3 / 6) - 3 * Math.log(1 / 4)) / 4;
    expect(lossOf("softmax", given)).toBeCloseTo(expected, 6);
  });

  test("BPR: each positive against the negatives in their weighted mean", () => {
    const given = { score: [logit, 0, logit, 7], value: [1, 0, 0, 0], mask: [2, 1, 3, 0] };
    const expected = (1 * Math.log(1 + 1 / 3) + 3 * Math.log(2)) / 4;
    expect(lossOf("bpr", given)).toBeCloseTo(expected, 6);
    expect(lossOf("bpr", given, 2)).toBeCloseTo(expected / 2, 6);
  });
});

describe.each(names)("%s", (name) => {
  const given = { score: [0.4, -1.2, 0.9, 2], value: [1, 0, 0, 1], mask: [1, 1, 2, 0.5] };

  test("padding changes neither the loss nor gets a gradient", () => {
    const padded = { score: [...given.score, 30], value: [...given.value, 1], mask: [...given.mask, 0] };
    expect(lossOf(name, padded)).toBeCloseTo(lossOf(name, given), 10);
    expect(Math.abs(gradientOf(name, padded)[4]!)).toBe(0);
  });

  test("the order of events means nothing", () => {
    const turned = Object.fromEntries(Object.entries(given).map(([key, list]) => [key, list.toReversed()]));
    expect(lossOf(name, turned as unknown as typeof given)).toBeCloseTo(lossOf(name, given), 10);
  });

  test("nothing to learn from is no loss and no gradient", () => {
    const nothing = { ...given, mask: [0, 0, 0, 0] };
    expect(lossOf(name, nothing)).toBe(0);
    expect(gradientOf(name, nothing).map(Math.abs)).toEqual([0, 0, 0, 0]);
  });

  test("stays finite for scores of a thousand", () => {
    const far = { ...given, score: [-1000, 1000, 1000, -1000] };
    expect(Number.isFinite(lossOf(name, far))).toBe(true);
    expect(gradientOf(name, far).every(Number.isFinite)).toBe(true);
  });

  test("derivatives agree with central differences", () => {
    const n = [4];
    checkGradient(
      ({ score }) =>
        losses[name](score, { value: constant(given.value, n), mask: constant(given.mask, n) }, 1),
      { score: given.score },
    );
  });

  test("falls along its gradient", () => {
    const gradient = gradientOf(name, given);
    const moved = { ...given, score: given.score.map((s, i) => s - 0.1 * gradient[i]!) };
    expect(lossOf(name, moved)).toBeLessThan(lossOf(name, given));
  });
});

test.each(["softmax", "bpr"] as const)("%s without a negative is no loss", (name) => {
  const given = { score: [1, -2], value: [1, 1], mask: [1, 1] };
  expect(lossOf(name, given)).toBe(0);
  expect(gradientOf(name, given).map(Math.abs)).toEqual([0, 0]);
});
