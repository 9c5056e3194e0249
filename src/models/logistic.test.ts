import { expect, test } from "vitest";
import { evaluate } from "../../testing/reference.ts";
import { input } from "../tensor/index.ts";
import { type LogisticInference, logisticPosterior } from "./logistic.ts";

interface Answers {
  readonly phi: readonly number[][];
  readonly bias: readonly number[];
  readonly liked: readonly number[];
  readonly mask: readonly number[];
  readonly noise?: readonly number[];
}

interface Found {
  readonly mean: number[];
  readonly covariance: number[];
  readonly events: number[];
  readonly prior: number[];
}

const priorMean = [0.3, -0.2];
const priorVariance = [0.8, 2];

/** Float64 posterior of a two-dimensional taste. */
function posterior(answers: Answers, inference: LogisticInference, rounds: number): Found {
  const s = answers.liked.length;
  const [d, slots] = [[2], [s]];
  const inputs = {
    precision: input("precision", [2, 2]),
    potential: input("potential", d),
    mean: input("mean", d),
    covariance: input("covariance", [2, 2]),
    phi: input("phi", [s, 2]),
    bias: input("bias", slots),
    noise: input("noise", slots),
    liked: input("liked", slots),
    mask: input("mask", slots),
  };
  const feeds: Readonly<Record<keyof typeof inputs, readonly number[]>> = {
    precision: [1 / priorVariance[0]!, 0, 0, 1 / priorVariance[1]!],
    potential: priorMean.map((m, i) => m / priorVariance[i]!),
    mean: priorMean,
    covariance: [priorVariance[0]!, 0, 0, priorVariance[1]!],
    noise: answers.noise ?? answers.liked.map(() => 0),
    ...answers,
    phi: answers.phi.flat(),
  };
  const { mean, covariance, events, prior } = logisticPosterior(inputs, { inference, rounds });
  const named = Object.entries(inputs).map(
    ([name, tensor]) => [tensor, feeds[name as keyof typeof inputs]] as const,
  );
  const out = evaluate([mean, covariance, events, prior], new Map(named)).map((x) => [...x]);
  return { mean: out[0]!, covariance: out[1]!, events: out[2]!, prior: out[3]! };
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** Log of prior times likelihood, up to a constant. */
function logDensity({ phi, bias, liked, mask }: Answers, w: readonly number[]): number {
  const prior = w.reduce((sum, x, i) => sum - (x - priorMean[i]!) ** 2 / (2 * priorVariance[i]!), 0);
  return liked.reduce((sum, y, j) => {
    const f = phi[j]![0]! * w[0]! + phi[j]![1]! * w[1]! + bias[j]!;
    return sum + mask[j]! * Math.log(sigmoid(y === 1 ? f : -f));
  }, prior);
}

/** Mean and covariance on a fine grid. */
function integrated(answers: Answers): { mean: number[]; covariance: number[] } {
  const moments = new Float64Array(6);
  for (let a = -7; a <= 7; a += 0.02)
    for (let b = -7; b <= 7; b += 0.02) {
      const p = Math.exp(logDensity(answers, [a, b]));
      [1, a, b, a * a, a * b, b * b].forEach((x, k) => {
        moments[k]! += p * x;
      });
    }
  const [, a, b, aa, ab, bb] = moments.map((x) => x / moments[0]!) as unknown as number[];
  return {
    mean: [a!, b!],
    covariance: [aa! - a! * a!, ab! - a! * b!, ab! - a! * b!, bb! - b! * b!],
  };
}

/** The mode, by very many small gradient steps. */
function climbed({ phi, bias, liked, mask }: Answers): number[] {
  const w = [...priorMean];
  for (let step = 0; step < 40_000; step++) {
    const gradient = w.map((x, i) => (priorMean[i]! - x) / priorVariance[i]!);
    liked.forEach((y, j) => {
      const miss = mask[j]! * (y - sigmoid(phi[j]![0]! * w[0]! + phi[j]![1]! * w[1]! + bias[j]!));
      for (let i = 0; i < 2; i++) gradient[i]! += miss * phi[j]![i]!;
    });
    for (let i = 0; i < 2; i++) w[i]! += 0.02 * gradient[i]!;
  }
  return w;
}

const some: Answers = {
  phi: [
    [1, 0.5],
    [-0.7, 1.2],
    [0.4, -1],
    [1.5, 0.3],
    [0.2, 0.9],
  ],
  bias: [0.2, -0.5, 0, 0.3, -0.1],
  liked: [1, 0, 1, 1, 0],
  mask: [1, 1, 1, 2, 1],
};
const closeTo = (values: readonly number[], digits: number): unknown[] =>
  values.map((x) => expect.closeTo(x, digits));

test("Laplace: the mode that long gradient ascent finds, and the curvature there", () => {
  const { mean, covariance } = posterior(some, "laplace", 8);
  expect(mean).toEqual(closeTo(climbed(some), 6));
  const h = 1e-3;
  const at = (a: number, b: number): number =>
    -logDensity(some, [mean[0]! + a * h, mean[1]! + b * h]) / h ** 2;
  const [aa, bb] = [at(1, 0) - 2 * at(0, 0) + at(-1, 0), at(0, 1) - 2 * at(0, 0) + at(0, -1)];
  const ab = (at(1, 1) - at(1, -1) - at(-1, 1) + at(-1, -1)) / 4;
  const det = aa * bb - ab * ab;
  expect(covariance).toEqual(closeTo([bb / det, -ab / det, -ab / det, aa / det], 4));
});

test("the mode is found from far away too, where plain Newton steps run away", () => {
  const extreme = { ...some, bias: [9, -9, 0, 12, 5], liked: [0, 1, 0, 0, 1] };
  expect(posterior(extreme, "laplace", 30).mean).toEqual(closeTo(climbed(extreme), 4));
});

test("Polya-Gamma: near the mean and covariance of numerical integration, nearer than Laplace's mode", () => {
  const exact = integrated(some);
  const [gamma, laplace] = [posterior(some, "polya-gamma", 30), posterior(some, "laplace", 8)];
  const distance = (mean: readonly number[]): number => Math.hypot(...mean.map((x, i) => x - exact.mean[i]!));
  expect(distance(gamma.mean)).toBeLessThan(0.1);
  expect(distance(gamma.mean)).toBeLessThan(0.6 * distance(laplace.mean));
  // a bound of this kind never claims less than it knows, and a little more
  for (const i of [0, 3]) {
    expect(gamma.covariance[i]!).toBeLessThan(exact.covariance[i]!);
    expect(gamma.covariance[i]!).toBeGreaterThan(0.75 * exact.covariance[i]!);
  }
});

test("every round of Polya-Gamma raises the bound on the evidence", () => {
  /** Expected log density under the Gaussian plus its entropy, by quadrature over the plane. */
  const bound = ({ mean, covariance: c }: Found): number => {
    const [l11, l21] = [Math.sqrt(c[0]!), c[1]! / Math.sqrt(c[0]!)];
    const l22 = Math.sqrt(c[3]! - l21 * l21);
    let [sum, weight] = [0, 0];
    for (let a = -5; a <= 5; a += 0.1)
      for (let b = -5; b <= 5; b += 0.1) {
        const p = Math.exp(-(a * a + b * b) / 2);
        sum += p * logDensity(some, [mean[0]! + l11 * a, mean[1]! + l21 * a + l22 * b]);
        weight += p;
      }
    return sum / weight + Math.log(l11 * l22);
  };
  const bounds = [1, 2, 4, 8, 30].map((rounds) => bound(posterior(some, "polya-gamma", rounds)));
  expect(bounds).toEqual(bounds.toSorted((a, b) => a - b));
  expect(bounds[4]! - bounds[0]!).toBeGreaterThan(1e-4);
  expect(bounds[4]! - bounds[3]!).toBeLessThan(1e-3);
});

test.each(["laplace", "polya-gamma"] as const)(
  "%s: the mean is the sum of its parts, padding says nothing",
  (inference) => {
    const { mean, events, prior } = posterior(some, inference, 4);
    const sum = prior.map((x, i) => x + some.liked.reduce((total, _, j) => total + events[j * 2 + i]!, 0));
    expect(sum).toEqual(closeTo(mean, 8));
    const padded = {
      phi: [...some.phi, [3, 3]],
      bias: [...some.bias, 1],
      liked: [...some.liked, 1],
      mask: [...some.mask, 0],
    };
    expect(posterior(padded, inference, 4).mean).toEqual(closeTo(mean, 8));
    const nobody = posterior({ ...some, mask: some.mask.map(() => 0) }, inference, 4);
    expect(nobody.mean).toEqual(closeTo(priorMean, 8));
  },
);

test.each(["laplace", "polya-gamma"] as const)(
  "%s: an answer about an uncertain item moves the taste less",
  (inference) => {
    const one = { phi: [[1, 0]], bias: [0], liked: [1], mask: [1] };
    const moved = [0, 2, 8].map(
      (noise) => posterior({ ...one, noise: [noise] }, inference, 6).mean[0]! - 0.3,
    );
    expect(moved[0]!).toBeGreaterThan(1.2 * moved[1]!);
    expect(moved[1]!).toBeGreaterThan(1.2 * moved[2]!);
    expect(moved[2]!).toBeGreaterThan(0);
  },
);
