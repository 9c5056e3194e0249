import { expect, test } from "vitest";
import { createRng } from "../../base/rng.ts";
import { type Bags, packBags } from "../../encoders/bags.ts";
import { densityRatios, fitDomainClassifier, logOdds, proxyADistance } from "./domain-classifier.ts";
import { maximumMeanDiscrepancy } from "./mmd.ts";

/** Rows with one token each. */
const rowsOf = (tokens: readonly number[], size: number): Bags =>
  packBags(
    ["word"],
    [size],
    tokens.map((token) => [[[token, 1]]]),
  );
const all = (bags: Bags): { bags: Bags; rows: Int32Array } => ({
  bags,
  rows: Int32Array.from({ length: bags.rows }, (_, row) => row),
});
const drawn = (seed: number, from: number, count: number): number[] => {
  const rng = createRng(seed);
  return Array.from({ length: 400 }, () => from + rng.int(count));
};

test("proxy A-distance: about 0 for one distribution, 2 for domains that share no word", () => {
  const same = [all(rowsOf(drawn(1, 0, 4), 8)), all(rowsOf(drawn(2, 0, 4), 8))] as const;
  expect(proxyADistance(...same)).toBeLessThan(0.2);
  const apart = [all(rowsOf(drawn(1, 0, 4), 8)), all(rowsOf(drawn(2, 4, 4), 8))] as const;
  expect(proxyADistance(...apart)).toBe(2);
});

test("proxy A-distance of half an overlap, by hand", () => {
  // Source words 0, 1; target words 1, 2, evenly: word 1 says nothing, the others all. The best error is 1/4.
  const distance = proxyADistance(all(rowsOf(drawn(1, 0, 2), 4)), all(rowsOf(drawn(2, 1, 2), 4)));
  expect(distance).toBeGreaterThan(0.85);
  expect(distance).toBeLessThan(1.15);
});

test("the odds of the classifier are the ratio of densities", () => {
  // p_source = (3/4, 1/4), p_target = (1/4, 3/4): ratios 1/3 and 3.
  const source = all(rowsOf([0, 0, 0, 1, 0, 0, 0, 1], 2));
  const target = all(rowsOf([0, 1, 1, 1, 0, 1, 1, 1], 2));
  const options = { epochs: 400, learningRate: 0.1, ridge: 0, seed: 1 };
  const classifier = fitDomainClassifier(source, target, options);
  expect(Math.exp(logOdds(classifier, source.bags, 0))).toBeCloseTo(1 / 3, 1);
  expect(Math.exp(logOdds(classifier, source.bags, 3)) / 3).toBeCloseTo(1, 0);
});

test("importance weights by hand: odds, cut off, with a mean of 1", () => {
  const close = (odds: number[], most?: number): number[] =>
    Array.from(densityRatios(odds, most), (x) => Math.round(x * 1e4) / 1e4);
  expect(close([Math.log(1 / 3), Math.log(3)])).toEqual([0.2, 1.8]);
  expect(close([0, Math.log(100)], 3)).toEqual([0.5, 1.5]);
});

test("MMD by hand", () => {
  // x = {e0, e1}, y = {e2, e2}: distances 2 within x, 0 within y, 2 across; bandwidth 1: e^-1 + 1 - 2 e^-1.
  const [x, y] = [all(rowsOf([0, 1], 3)), all(rowsOf([2, 2], 3))];
  expect(maximumMeanDiscrepancy(x, y, 1)).toBeCloseTo(1 - Math.exp(-1), 6);
});

test("MMD is about 0 for one distribution and grows as the overlap shrinks", () => {
  const mmd = (from: number): number =>
    maximumMeanDiscrepancy(all(rowsOf(drawn(1, 0, 4), 8)), all(rowsOf(drawn(2, from, 4), 8)));
  expect(Math.abs(mmd(0))).toBeLessThan(0.01);
  expect(mmd(2)).toBeGreaterThan(0.05);
  expect(mmd(4)).toBeGreaterThan(2 * mmd(2));
});
