import { expect, test } from "vitest";
import { factorCholesky } from "../base/cholesky.ts";
import { createRng } from "../base/rng.ts";
import { type Bag, packBags } from "./bags.ts";
import { contentKernel, type KernelOptions, type Numbers } from "./content-kernel.ts";

const options: KernelOptions = {
  small: 0.2,
  pairs: 0.3,
  large: 0.6,
  smooth: 0.7,
  numberScale: 1,
  countScale: 1,
  vector: 0,
  vectorScale: 1,
  constant: 0.1,
};
/** Rows 0 and 1 are written out; the others give the second field its many values. */
const rows = 90;
const bagsOfRows: Bag[][] = [
  [
    [[0, 1]],
    [
      [5, 0.6],
      [6, 0.8],
    ],
  ],
  [
    [
      [0, Math.SQRT1_2],
      [1, Math.SQRT1_2],
    ],
    [[6, 1]],
  ],
  ...Array.from({ length: rows - 2 }, (_, k): Bag[] => [[[k % 3, 1]], [[k + 7, 1]]]),
];
const bags = packBags(["genre", "word"], [3, 100], bagsOfRows);
const rng = createRng(4);
const numbers: Numbers = {
  values: Float32Array.from({ length: rows * 2 }, (_, k) => [1, 2, 0, 4][k] ?? rng.normal()),
  scales: Float32Array.of(0.5, 0.25),
};
const all = Int32Array.from({ length: rows }, (_, row) => row);
const kernel = (a: Int32Array, b: Int32Array): Float32Array =>
  contentKernel(bags, numbers, { rows: a, columns: b }, options);

/** constant + smooth exp(-(0.5 (1 - 0)^2 + 0.25 (2 - 4)^2) / 2) + genres: dot sqrt(1/2) + words: dot 0.8 */
const between = 0.1 + 0.7 * Math.exp(-0.75) + 0.2 * Math.SQRT1_2 + 0.3 * 0.5 + 0.6 * 0.8;

test("two items by hand: both orders, alone or among all", () => {
  const [zero, one] = [Int32Array.of(0), Int32Array.of(1)];
  expect(kernel(all, all)[1]).toBeCloseTo(between, 6);
  expect(kernel(zero, one)[0]).toBeCloseTo(between, 6);
  expect(kernel(one, zero)[0]).toBeCloseTo(between, 6);
});

test("an item with itself: the same alone and among all", () => {
  const self = 0.1 + 0.7 + 0.2 + 0.3 + 0.6;
  for (const item of [0, 1, 17]) {
    expect(kernel(all, all)[item * (rows + 1)]).toBeCloseTo(self, 6);
    expect(kernel(Int32Array.of(item), Int32Array.of(item))[0]).toBeCloseTo(self, 6);
  }
});

test("symmetric, and positive definite with a little noise", () => {
  const k = kernel(all, all);
  const system = Float64Array.from(k, (x, at) => x + (at % (rows + 1) === 0 ? 1e-4 : 0));
  for (const a of all) for (const b of all) expect(k[a * rows + b]).toBeCloseTo(k[b * rows + a]!, 6);
  expect(() => factorCholesky(system, rows)).not.toThrow();
});

test("a block of it holds the same numbers", () => {
  const [some, others] = [Int32Array.of(4, 0, 33), Int32Array.of(1, 80)];
  const whole = kernel(all, all);
  expect([...kernel(some, others)]).toEqual(
    [...some].flatMap((a) => [...others].map((b) => expect.closeTo(whole[a * rows + b]!, 6))),
  );
});

test("without content all pairs are equally alike", () => {
  const empty = packBags(["genre"], [3], [[[]], [[]]]);
  const none = { values: new Float32Array(0), scales: new Float32Array(0) };
  const both = Int32Array.of(0, 1);
  const k = contentKernel(empty, none, { rows: both, columns: both }, options);
  expect([...k]).toEqual(new Array(4).fill(Math.fround(0.1 + 0.7)));
});
