import { expect, test } from "vitest";
import { relativeError } from "../../testing/spd.ts";
import { createRng } from "../base/rng.ts";
import type { Interactions } from "../data/dataset.ts";
import { fitFactors } from "./factors.ts";

const [users, items, size] = [150, 40, 2];
const rng = createRng(11).split("planted");
const normals = (n: number, deviation = 1): Float64Array =>
  Float64Array.from({ length: n }, () => deviation * rng.normal());
/** Tastes with correlated, unequal parts, so that whitening has something to do. */
const tastes = Array.from({ length: users }, () => {
  const [a, b] = [rng.normal(), rng.normal()];
  return [2 * a, a + 0.5 * b] as const;
});
const features = Array.from({ length: items }, () => normals(size));
const truth = (u: number, i: number): number =>
  tastes[u]![0] * features[i]![0]! + tastes[u]![1] * features[i]![1]!;

const cells = Array.from({ length: users * items }, (_, k) => k).filter(
  (k) => rng.next() < 0.5 && k % items !== items - 1,
);
const events: Interactions = {
  user: Int32Array.from(cells, (k) => Math.floor(k / items)),
  item: Int32Array.from(cells, (k) => k % items),
  value: new Float32Array(cells.length),
};
const residuals = Float32Array.from(cells, (k) => truth(Math.floor(k / items), k % items));
const options = { size, regularisation: 1e-4, rounds: 12, seed: 1 };
const factors = fitFactors(events, residuals, { users, items }, options);
const factor = (i: number): number[] => [factors[i * 2]!, factors[i * 2 + 1]!];

/** Least squares of a person's residuals on item factors. */
function tasteOn(user: number): number[] {
  let [aa, ab, bb, ay, by] = [1e-9, 0, 1e-9, 0, 0];
  events.user.forEach((u, row) => {
    if (u !== user) return;
    const [a, b] = factor(events.item[row]!) as [number, number];
    [aa, ab, bb] = [aa + a * a, ab + a * b, bb + b * b];
    [ay, by] = [ay + a * residuals[row]!, by + b * residuals[row]!];
  });
  const determinant = aa * bb - ab * ab;
  return [(bb * ay - ab * by) / determinant, (aa * by - ab * ay) / determinant];
}

test("a planted world of rank two is found: cells that were not observed are predicted", () => {
  const observed = new Set(cells);
  const hidden = Array.from({ length: users * items }, (_, k) => k).filter(
    (k) => !observed.has(k) && k % items !== items - 1,
  );
  const people = Array.from({ length: users }, (_, u) => tasteOn(u));
  const predicted = hidden.map((k) => {
    const [taste, q] = [people[Math.floor(k / items)]!, factor(k % items)];
    return taste[0]! * q[0]! + taste[1]! * q[1]!;
  });
  const expected = hidden.map((k) => truth(Math.floor(k / items), k % items));
  expect(hidden.length).toBeGreaterThan(2000);
  expect(relativeError(predicted, expected)).toBeLessThan(0.01);
});

test("people's tastes on the factors have unit covariance", () => {
  const people = Array.from({ length: users }, (_, u) => tasteOn(u));
  const moment = (i: number, j: number): number =>
    people.reduce((sum, taste) => sum + taste[i]! * taste[j]!, 0) / users;
  expect(moment(0, 0)).toBeCloseTo(1, 2);
  expect(moment(1, 1)).toBeCloseTo(1, 2);
  expect(moment(0, 1)).toBeCloseTo(0, 2);
});

test("an item without events has no factors; the same seed gives the same ones", () => {
  expect([...factors.subarray(-size)]).toEqual([0, 0]);
  expect(fitFactors(events, residuals, { users, items }, options)).toEqual(factors);
});

test("a stronger ridge gives shorter factors, residuals of nothing give none", () => {
  const length = (x: Float32Array): number => Math.hypot(...x);
  const shrunken = fitFactors(events, residuals, { users, items }, { ...options, regularisation: 100 });
  expect(length(shrunken)).toBeLessThan(0.8 * length(factors));
  const nothing = fitFactors(events, new Float32Array(cells.length), { users, items }, options);
  expect(length(nothing)).toBeLessThan(1e-6);
});

test("factors scale with what they explain", () => {
  const twice = residuals.map((x) => 2 * x);
  const doubled = fitFactors(events, twice, { users, items }, { ...options, regularisation: 1e-6 });
  const once = fitFactors(events, residuals, { users, items }, { ...options, regularisation: 1e-6 });
  // q . u is determined, and u has unit covariance: lengths double, directions may turn
  for (let i = 0; i < items - 1; i++)
    expect(Math.hypot(doubled[2 * i]!, doubled[2 * i + 1]!)).toBeCloseTo(
      2 * Math.hypot(once[2 * i]!, once[2 * i + 1]!),
      2,
    );
});
