import { expect, test } from "vitest";
import { createRng } from "../../base/rng.ts";
import { type ItemPrior, type LikeEvents, laplacePosterior } from "./item-posterior.ts";

const prior: ItemPrior = { mean: Float64Array.of(0.4, -0.2), precision: Float64Array.of(2, 0.3, 0.3, 1) };
const none: LikeEvents = { phi: new Float64Array(0), liked: new Uint8Array(0) };

function eventsOf(n: number, seed = 1): LikeEvents {
  const rng = createRng(seed);
  return {
    phi: Float64Array.from({ length: 2 * n }, () => rng.normal()),
    liked: Uint8Array.from({ length: n }, () => rng.int(2)),
  };
}

test("without events the posterior is the prior", () => {
  const { mean, covariance } = laplacePosterior(prior, none);
  expect([...mean]).toEqual([...prior.mean]);
  const determinant = 2 * 1 - 0.3 * 0.3;
  [1, -0.3, -0.3, 2].forEach((x, i) => expect(covariance[i]).toBeCloseTo(x / determinant, 12));
});

test("one event in one dimension, by hand", () => {
  // The mode solves -w + 1 - sigmoid(w) = 0 for prior N(0, 1) and a like at phi = 1.
  const one = { mean: Float64Array.of(0), precision: Float64Array.of(1) };
  const { mean, covariance } = laplacePosterior(one, { phi: Float64Array.of(1), liked: Uint8Array.of(1) });
  const w = mean[0]!;
  expect(w).toBeCloseTo(0.4010581, 6);
  const p = 1 / (1 + Math.exp(-w));
  expect(covariance[0]).toBeCloseTo(1 / (1 + p * (1 - p)), 6);
});

/** The log posterior up to a constant, written anew. */
function density([a, b]: readonly [number, number], { phi, liked, weights }: LikeEvents): number {
  const [x, y] = [a - 0.4, b + 0.2];
  let sum = -0.5 * (2 * x * x + 0.6 * x * y + y * y);
  liked.forEach((yes, j) => {
    const p = 1 / (1 + Math.exp(-(a * phi[2 * j]! + b * phi[2 * j + 1]!)));
    sum += (weights?.[j] ?? 1) * Math.log(yes === 1 ? p : 1 - p);
  });
  return sum;
}

test.each([3, 40])("the mode of %i events is flat, and its curvature the inverse covariance", (n) => {
  const events = { ...eventsOf(n), weights: Float32Array.from({ length: n }, (_, j) => 0.5 + (j % 3)) };
  const { mean, covariance } = laplacePosterior(prior, events);
  const [a, b] = [mean[0]!, mean[1]!];
  const [h, at] = [1e-4, (i: number, j: number) => density([a + i * 1e-4, b + j * 1e-4], events)];
  expect((at(1, 0) - at(-1, 0)) / (2 * h)).toBeCloseTo(0, 3);
  expect((at(0, 1) - at(0, -1)) / (2 * h)).toBeCloseTo(0, 3);
  const aa = -(at(1, 0) - 2 * at(0, 0) + at(-1, 0)) / h ** 2;
  const bb = -(at(0, 1) - 2 * at(0, 0) + at(0, -1)) / h ** 2;
  const ab = -(at(1, 1) - at(1, -1) - at(-1, 1) + at(-1, -1)) / (4 * h ** 2);
  const determinant = aa * bb - ab * ab;
  [bb, -ab, -ab, aa].forEach((x, i) => expect(covariance[i]).toBeCloseTo(x / determinant, 3));
});

test("an event of weight 2 is two events, one of weight 0 is none", () => {
  const { phi, liked } = eventsOf(3);
  const twice = {
    phi: Float64Array.of(...phi.subarray(0, 4), ...phi.subarray(0, 2)),
    liked: Uint8Array.of(liked[0]!, liked[1]!, liked[0]!),
  };
  const weighted = laplacePosterior(prior, { phi, liked, weights: Float32Array.of(2, 1, 0) });
  const plain = laplacePosterior(prior, twice);
  [0, 1].forEach((k) => expect(weighted.mean[k]).toBeCloseTo(plain.mean[k]!, 6));
});

test("the mode is the same from wherever the search begins", () => {
  const events = eventsOf(30);
  const from = laplacePosterior(prior, events);
  const far = laplacePosterior(prior, events, Float64Array.of(5, -7));
  [0, 1].forEach((k) => expect(far.mean[k]).toBeCloseTo(from.mean[k]!, 4));
  expect(laplacePosterior(prior, none, Float64Array.of(5, -7))).toEqual(laplacePosterior(prior, none));
});

test("what is known of events beside the weights is an offset of their odds", () => {
  const events = eventsOf(12);
  const shift = Float64Array.of(0.7, -1.1);
  const offset = Float64Array.from(
    { length: 12 },
    (_, j) => shift[0]! * events.phi[2 * j]! + shift[1]! * events.phi[2 * j + 1]!,
  );
  const about = { ...prior, mean: prior.mean.map((m, k) => m - shift[k]!) };
  const moved = laplacePosterior(about, { ...events, offset });
  const plain = laplacePosterior(prior, events);
  [0, 1].forEach((k) => expect(moved.mean[k]! + shift[k]!).toBeCloseTo(plain.mean[k]!, 5));
});

test("a far prior and large features do not throw it off the mode", () => {
  const far = { mean: Float64Array.of(30, -30), precision: Float64Array.of(0.01, 0, 0, 0.01) };
  const events = { phi: Float64Array.of(20, 0, 0, 20, -20, 1), liked: Uint8Array.of(0, 1, 1) };
  const { mean, covariance } = laplacePosterior(far, events);
  expect(mean[0]).toBeLessThan(0);
  expect(mean[1]).toBeGreaterThan(0);
  expect([...mean, ...covariance].every(Number.isFinite)).toBe(true);
});

test("where Newton's whole steps go to and fro, it still finds the mode", () => {
  // From 30 a whole step leads to -70, and from there back to 30; the mode solves .01 (30 - w) = sigmoid(w).
  const far = { mean: Float64Array.of(30), precision: Float64Array.of(0.01) };
  const { mean } = laplacePosterior(far, { phi: Float64Array.of(1), liked: Uint8Array.of(0) });
  const w = mean[0]!;
  expect(0.01 * (30 - w)).toBeCloseTo(1 / (1 + Math.exp(-w)), 4);
});
