import { expect, test } from "vitest";
import { solveSpdInPlace } from "../base/cholesky.ts";
import { createRng } from "../base/rng.ts";
import { type Bag, packBags } from "./bags.ts";
import { contentKernel } from "./content-kernel.ts";
import {
  type ContentPriorOptions,
  type ContentTargets,
  contentPredictor,
  defaultContentPriorOptions,
  fitContentPrior,
} from "./content-prior.ts";

const items = 120;
const rng = createRng(8).split("content prior");
/** Two genres of five, one word of ninety (a field of many values), one number; every tenth item has no event. */
const bagsOfRows: Bag[][] = Array.from({ length: items }, (_, i) => [
  rng.sample([0, 1, 2, 3, 4], 2).map((genre) => [genre, Math.SQRT1_2] as const),
  [[(i * 7) % 90, 1]],
]);
const genreOf = (i: number): number => bagsOfRows[i]![0]![0]![0];
const targets: ContentTargets = {
  bags: packBags(["genre", "word"], [5, 90], bagsOfRows),
  numbers: {
    values: Float32Array.from({ length: items }, () => rng.normal()),
    scales: Float32Array.of(2),
  },
  counts: Int32Array.from({ length: items }, (_, i) => (i % 10 === 0 ? 0 : 1 + rng.int(30))),
  values: Float32Array.from({ length: 2 * items }, (_, k) => genreOf(k >> 1) - 2 + 0.3 * rng.normal()),
  width: 2,
};
const options: ContentPriorOptions = { ...defaultContentPriorOptions, threads: 1 };

/** The prediction of one item from some others by its definition, in float64. */
function direct(item: number, from: readonly number[]): { mean: number[]; variance: number } {
  const all = Int32Array.from({ length: items }, (_, i) => i);
  const k = contentKernel(targets.bags, targets.numbers, { rows: all, columns: all }, options.kernel);
  const n = from.length;
  const at = (a: number, b: number): number => k[a * items + b]!;
  const system = (): Float64Array =>
    Float64Array.from({ length: n * n }, (_, p) => {
      const [a, b] = [from[Math.floor(p / n)]!, from[p % n]!];
      return at(a, b) + (a === b ? options.noise + options.perEvent / targets.counts[a]! : 0);
    });
  const weights = Float64Array.from(from, (other) => at(item, other));
  solveSpdInPlace(system(), weights);
  const mean = [0, 1].map((j) =>
    from.reduce((sum, other, c) => sum + weights[c]! * targets.values[other * 2 + j]!, 0),
  );
  const explained = from.reduce((sum, other, c) => sum + weights[c]! * at(item, other), 0);
  return { mean, variance: Math.max(0.01, at(item, item) - explained) + options.noise };
}

const seen = Array.from(targets.counts.keys()).filter((i) => targets.counts[i]! > 0);
const meanOf = (prior: { mean: Float32Array }, i: number): number[] => [
  prior.mean[2 * i]!,
  prior.mean[2 * i + 1]!,
];

test("an item that was learned from gets what the others say of it: refitted without it, in float64", async () => {
  const prior = await fitContentPrior(targets, options);
  for (const item of seen) {
    const { mean, variance } = direct(
      item,
      seen.filter((other) => other !== item),
    );
    expect(meanOf(prior, item)).toEqual(mean.map((x) => expect.closeTo(x, 3)));
    expect(prior.variance[item]).toBeCloseTo(variance, 3);
  }
});

test("its own value does not enter its own prediction", async () => {
  const loud = { ...targets, values: targets.values.slice() };
  loud.values.fill(50, 2, 4);
  const [quiet, changed] = [await fitContentPrior(targets, options), await fitContentPrior(loud, options)];
  expect(meanOf(changed, 1)).toEqual(meanOf(quiet, 1).map((x) => expect.closeTo(x, 3)));
  expect(changed.mean[4]).not.toBeCloseTo(quiet.mean[4]!, 2);
});

test("an item without events gets the direct prediction; its own value is not looked at", async () => {
  const prior = await fitContentPrior(targets, options);
  const marked = { ...targets, values: targets.values.map((x, k) => (seen.includes(k >> 1) ? x : 99)) };
  for (let item = 0; item < items; item += 10) {
    const { mean, variance } = direct(item, seen);
    expect(meanOf(prior, item)).toEqual(mean.map((x) => expect.closeTo(x, 3)));
    expect(prior.variance[item]).toBeCloseTo(variance, 3);
  }
  expect(await fitContentPrior(marked, options)).toEqual(prior);
});

test("at most so many items are learned from: those with most events; the others are predicted", async () => {
  const prior = await fitContentPrior(targets, { ...options, maxItems: 20 });
  const most = seen.toSorted((a, b) => targets.counts[b]! - targets.counts[a]! || a - b).slice(0, 20);
  for (const item of [most[0]!, most[19]!, 0, 10, ...seen.slice(0, 9)]) {
    const { mean, variance } = direct(
      item,
      most.filter((other) => other !== item),
    );
    expect(meanOf(prior, item)).toEqual(mean.map((x) => expect.closeTo(x, 3)));
    expect(prior.variance[item]).toBeCloseTo(variance, 3);
  }
});

test("content that nobody shares says nothing", async () => {
  const lonely = packBags(
    ["word"],
    [items],
    Array.from({ length: items }, (_, i) => [[[i, 1]]]),
  );
  const numbers = { values: new Float32Array(0), scales: new Float32Array(0) };
  const kernel = { ...options.kernel, constant: 0, smooth: 0 };
  const prior = await fitContentPrior({ ...targets, bags: lonely, numbers }, { ...options, kernel });
  for (const mean of prior.mean) expect(mean).toBeCloseTo(0, 4);
  // a word is a field of many values here: nothing of its variance is explained
  for (const variance of prior.variance) expect(variance).toBeCloseTo(kernel.large + options.noise, 4);
});

test("where only the constant speaks, an item is what the others are on average, shrunk", async () => {
  const empty = packBags(["word"], [1], new Array(items).fill([[]]));
  const numbers = { values: new Float32Array(0), scales: new Float32Array(0) };
  const kernel = { ...options.kernel, constant: 1, smooth: 0 };
  const counts = new Int32Array(items).fill(4);
  const values = Float32Array.from({ length: items }, (_, i) => (i < 60 ? 1 : 3));
  const prior = await fitContentPrior(
    { bags: empty, numbers, counts, values, width: 1 },
    { ...options, kernel },
  );
  const weight = 1 / (119 + options.noise + options.perEvent / 4);
  expect(prior.mean[0]).toBeCloseTo(weight * (59 * 1 + 60 * 3), 2);
  expect(prior.mean[119]).toBeCloseTo(weight * (60 * 1 + 59 * 3), 2);
});

test("nobody has rated anything: no opinion, all the variance", async () => {
  const prior = await fitContentPrior({ ...targets, counts: new Int32Array(items) }, options);
  expect(prior.mean.every((x) => x === 0)).toBe(true);
  expect(Math.min(...prior.variance)).toBeGreaterThan(0.5);
});

test("targets after targets get what each would alone", async () => {
  const { values, width, ...source } = targets;
  const halves = { values: values.map((x) => x / 2), width };
  const predict = await contentPredictor(source, options);
  for (const own of [{ values, width }, halves, { values, width }])
    expect(await predict(own)).toEqual(await fitContentPrior({ ...source, ...own }, options));
});
