import fc from "fast-check";
import { expect, test } from "vitest";
import { createRng, hash32, type Rng } from "./rng.ts";

const draws = (rng: Rng, n: number): number[] => Array.from({ length: n }, () => rng.next());
const average = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

test("the stream stays what it is: recorded from this code, because every seeded split of data rests on it", () => {
  const rng = createRng(7);
  expect([rng.next(), rng.next()]).toEqual([0.5125895470846444, 0.07513795047998428]);
  expect(rng.split("a").next()).toBe(0.2462678113952279);
  expect(createRng(7).normal()).toBeCloseTo(1.0677318406451746, 12);
  expect(hash32("word")).toBe(3956802879);
});

test("the same seed gives the same numbers, another one others", () => {
  expect(draws(createRng("7"), 3)).toEqual(draws(createRng(7), 3));
  expect(draws(createRng(8), 3)).not.toEqual(draws(createRng(7), 3));
});

test("a split depends on seed and label only: not on how much was drawn, nor on other splits", () => {
  const rng = createRng(3);
  const before = draws(rng.split("a"), 4);
  draws(rng, 10);
  rng.split("b").normal();
  expect(draws(rng.split("a"), 4)).toEqual(before);
  const streams = [
    rng,
    rng.split("a"),
    rng.split("b"),
    rng.split(1),
    rng.split("a").split("b"),
    createRng(4).split("a"),
  ];
  const firsts = streams.map((stream) => stream.next());
  expect(new Set(firsts).size).toBe(streams.length);
});

test("streams of neighbouring labels have nothing to do with each other", () => {
  const [a, b] = [createRng(1).split(1), createRng(1).split(2)].map((rng) => draws(rng, 5000));
  const correlation = average(a!.map((x, i) => (x - 0.5) * (b![i]! - 0.5) * 12));
  expect(Math.abs(correlation)).toBeLessThan(0.05);
});

test("uniform: mean 1/2, variance 1/12, every tenth as full as the others", () => {
  const values = draws(createRng(5), 20_000);
  expect(average(values)).toBeCloseTo(0.5, 2);
  expect(average(values.map((x) => (x - 0.5) ** 2))).toBeCloseTo(1 / 12, 2);
  const tenths = new Array<number>(10).fill(0);
  for (const x of values) tenths[Math.floor(10 * x)]!++;
  for (const count of tenths) expect(Math.abs(count - 2000)).toBeLessThan(200);
});

test("normal: mean 0, variance 1, no skew, fourth moment 3, neighbours independent", () => {
  const rng = createRng(6);
  const values = Array.from({ length: 20_000 }, () => rng.normal());
  const moment = (power: number): number => average(values.map((x) => x ** power));
  expect([moment(1), moment(2), moment(3), moment(4)].map((x) => Math.round(10 * x) / 10 + 0)).toEqual([
    0, 1, 0, 3,
  ]);
  expect(Math.abs(average(values.slice(1).map((x, i) => x * values[i]!)))).toBeLessThan(0.03);
});

test("int: whole numbers of [0, n), all of them", () => {
  const rng = createRng(2);
  const seen = new Set(Array.from({ length: 200 }, () => rng.int(6)));
  expect([...seen].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5]);
});

test("sample: distinct elements, all when fewer; a shuffle keeps what it shuffles and leaves the input alone", () => {
  const property = fc.property(fc.uniqueArray(fc.integer()), fc.nat(30), fc.nat(), (values, k, seed) => {
    const copy = [...values];
    const sample = createRng(seed).sample(values, k);
    expect(sample).toHaveLength(Math.min(k, values.length));
    expect(new Set(sample).size).toBe(sample.length);
    expect(sample.every((x) => values.includes(x))).toBe(true);
    expect(
      createRng(seed)
        .shuffle(values)
        .toSorted((a, b) => a - b),
    ).toEqual(values.toSorted((a, b) => a - b));
    expect(values).toEqual(copy);
  });
  fc.assert(property, { seed: 1, numRuns: 60 });
});

test("shuffle: every element comes first about equally often", () => {
  const first = new Array<number>(5).fill(0);
  for (let seed = 0; seed < 2000; seed++) first[createRng(seed).shuffle([0, 1, 2, 3, 4])[0]!]!++;
  for (const count of first) expect(Math.abs(count - 400)).toBeLessThan(80);
});

test("hash32: other texts and other seeds give other numbers of 32 bits", () => {
  const hashes = Array.from({ length: 5000 }, (_, i) => hash32(`word${i}`));
  expect(new Set(hashes).size).toBe(5000);
  expect(hashes.every((h) => Number.isInteger(h) && h >= 0 && h < 2 ** 32)).toBe(true);
  expect(hash32("word", 1)).not.toBe(hash32("word", 2));
  expect(average(hashes.map((h) => h / 2 ** 32))).toBeCloseTo(0.5, 1);
});
