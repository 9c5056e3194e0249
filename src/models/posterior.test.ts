import fc from "fast-check";
import { expect, test } from "vitest";
import { evaluate } from "../../testing/reference.ts";
import { knownSpd, relativeError } from "../../testing/spd.ts";
import { solveSpdInPlace } from "../base/cholesky.ts";
import { createRng } from "../base/rng.ts";
import { compile, input } from "../tensor/index.ts";
import { gaussianPosterior } from "./posterior.ts";

const [d, s] = [3, 5];

interface Observed {
  readonly precision: ArrayLike<number>;
  readonly potential: ArrayLike<number>;
  readonly phi: ArrayLike<number>;
  readonly confidence: ArrayLike<number>;
  readonly target: ArrayLike<number>;
}

interface Found {
  readonly mean: number[];
  readonly covariance: number[];
  readonly events: number[];
  readonly prior: number[];
}

/** The tensors of `shots` observations, in float64. */
function posterior(feeds: Observed, shots: number): Found {
  const inputs = {
    precision: input("precision", [d, d]),
    potential: input("potential", [d]),
    phi: input("phi", [shots, d]),
    confidence: input("confidence", [shots]),
    target: input("target", [shots]),
  };
  const { mean, covariance, events, prior } = gaussianPosterior(inputs);
  const named = Object.entries(inputs).map(
    ([name, tensor]) => [tensor, feeds[name as keyof Observed]] as const,
  );
  const out = evaluate([mean, covariance, events, prior], new Map(named)).map((x) => [...x]);
  return { mean: out[0]!, covariance: out[1]!, events: out[2]!, prior: out[3]! };
}

/** `P = P0 + sum c phi phi^T`, `P m = h0 + sum c y phi`, solved by Cholesky: Bishop 2006, eq. 3.50-3.51. */
function textbook({ precision, potential, phi, confidence, target }: Observed): Found {
  const p = Float64Array.from(precision);
  const h = Float64Array.from(potential);
  const terms = Array.from(confidence, (c, j) => {
    const row = Array.from({ length: d }, (_, k) => phi[j * d + k]!);
    row.forEach((x, a) => {
      h[a]! += c * target[j]! * x;
      row.forEach((y, b) => {
        p[a * d + b]! += c * x * y;
      });
    });
    return row.map((x) => c * target[j]! * x);
  });
  const solve = (b: ArrayLike<number>): number[] => {
    const x = Float64Array.from(b);
    solveSpdInPlace(p.slice(), x);
    return [...x];
  };
  const columns = Array.from({ length: d }, (_, k) => solve([0, 1, 2].map((j) => Number(j === k))));
  return {
    mean: solve(h),
    covariance: columns.flat(),
    events: terms.flatMap(solve),
    prior: solve(potential),
  };
}

function draw(seed: number, shots = s): Observed {
  const rng = createRng(seed).split("posterior");
  const normals = (n: number): number[] => Array.from({ length: n }, () => rng.normal());
  return {
    precision: knownSpd(d, 20, rng).a,
    potential: normals(d),
    phi: normals(shots * d),
    confidence: normals(shots).map((x) => 0.2 + x * x),
    target: normals(shots),
  };
}

const close = (values: readonly number[], digits = 9): unknown[] =>
  values.map((x) => expect.closeTo(x, digits));
const seeds = fc.integer({ min: 0, max: 1e6 });
const check = (property: (seed: number) => void): void =>
  fc.assert(fc.property(seeds, property), { seed: 5, numRuns: 25 });

test("one number by hand: prior N(1, 1/2), events 3 and 5 with noise 1 and 1/2 on a feature of 1 and 2", () => {
  const x = {
    precision: input("precision", [1, 1]),
    potential: input("potential", [1]),
    phi: input("phi", [2, 1]),
    confidence: input("confidence", [2]),
    target: input("target", [2]),
  };
  const { mean, covariance, events, prior } = gaussianPosterior(x);
  const feeds = new Map([
    [x.precision, [2]],
    [x.potential, [2]],
    [x.phi, [1, 2]],
    [x.confidence, [1, 2]],
    [x.target, [3, 5]],
  ]);
  // precision 2 + 1 + 2 * 4 = 11; 2 + 3 + 2 * 5 * 2 = 25
  const out = evaluate([mean, covariance, events, prior], feeds).map((values) => [...values]);
  expect(out).toEqual([close([25 / 11]), close([1 / 11]), close([3 / 11, 20 / 11]), close([2 / 11])]);
});

test("it is the textbook's formula", () => {
  check((seed) => {
    const feeds = draw(seed);
    const [got, expected] = [posterior(feeds, s), textbook(feeds)];
    for (const part of ["mean", "covariance", "events", "prior"] as const)
      expect(relativeError(got[part], expected[part])).toBeLessThan(1e-9);
  });
});

test("what the events add and what the prior adds sum to the mean", () => {
  check((seed) => {
    const { mean, events, prior } = posterior(draw(seed), s);
    const sums = prior.map((x, k) => x + events.reduce((sum, e, i) => sum + (i % d === k ? e : 0), 0));
    expect(sums).toEqual(close(mean));
  });
});

test("one event is a rank-one update (Sherman and Morrison 1950)", () => {
  check((seed) => {
    const feeds = draw(seed, 1);
    const none = posterior({ ...feeds, confidence: [0] }, 1);
    const one = posterior(feeds, 1);
    const c = feeds.confidence[0]!;
    const row = (m: readonly number[], k: number): number =>
      [0, 1, 2].reduce((t, j) => t + m[k * d + j]! * feeds.phi[j]!, 0);
    const gain = [0, 1, 2].map((k) => row(none.covariance, k));
    const scale = c / (1 + c * gain.reduce((t, g, k) => t + g * feeds.phi[k]!, 0));
    const miss = feeds.target[0]! - none.mean.reduce((t, m, k) => t + m * feeds.phi[k]!, 0);
    expect(one.mean).toEqual(close(none.mean.map((m, k) => m + scale * miss * gain[k]!)));
    expect(one.covariance).toEqual(
      close(none.covariance.map((v, at) => v - scale * gain[Math.floor(at / d)]! * gain[at % d]!)),
    );
  });
});

test("an event that is removed, or padded, has never been", () => {
  check((seed) => {
    const feeds = draw(seed);
    const confidence = Array.from(feeds.confidence, (c, j) => (j === 2 ? 0 : c));
    const rest = [0, 1, 3, 4];
    const without = {
      ...feeds,
      phi: rest.flatMap((j) => Array.from({ length: d }, (_, k) => feeds.phi[j * d + k]!)),
      confidence: rest.map((j) => feeds.confidence[j]!),
      target: rest.map((j) => feeds.target[j]!),
    };
    const [masked, never] = [posterior({ ...feeds, confidence }, s), posterior(without, 4)];
    expect(masked.mean).toEqual(close(never.mean));
    expect(masked.covariance).toEqual(close(never.covariance));
    expect(masked.events.slice(2 * d, 3 * d)).toEqual(close([0, 0, 0]));
    expect(masked.prior).toEqual(close(never.prior));
  });
});

test("no event: the prior itself", () => {
  const feeds = draw(3);
  const { mean, prior, covariance } = posterior({ ...feeds, confidence: new Array(s).fill(0) }, s);
  expect(mean).toEqual(close(prior));
  const expected = textbook({ ...feeds, phi: [], confidence: [], target: [] });
  expect([mean, covariance]).toEqual([close(expected.mean), close(expected.covariance)]);
});

test("a batch of people in float32 is each of them in float64", async () => {
  const people = [1, 2, 3].map((seed) => draw(seed));
  const b = people.length;
  const inputs = {
    precision: input("precision", [b, d, d]),
    potential: input("potential", [b, d]),
    phi: input("phi", [b, s, d]),
    confidence: input("confidence", [b, s]),
    target: input("target", [b, s]),
  };
  const program = await compile(inputs, { ...gaussianPosterior(inputs) });
  const feed = (name: keyof Observed): Float32Array =>
    Float32Array.from(people.flatMap((person) => Array.from(person[name])));
  const out = await program.run({
    precision: feed("precision"),
    potential: feed("potential"),
    phi: feed("phi"),
    confidence: feed("confidence"),
    target: feed("target"),
  });
  await program.release();
  for (const part of ["mean", "covariance", "events", "prior"] as const)
    expect(
      relativeError(
        out[part],
        people.flatMap((feeds) => textbook(feeds)[part]),
      ),
    ).toBeLessThan(1e-4);
});
