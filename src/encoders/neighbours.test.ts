import { expect, test } from "vitest";
import { createRng } from "../base/rng.ts";
import { fitNeighbours, slopesBetween } from "./neighbours.ts";

const counts = { users: 500, items: 8 };

/** Items 2k and 2k + 1 stray together, by 0.8 of a common part; the last two have no events. */
function pairs(): { user: Int32Array; item: Int32Array; residuals: Float32Array } {
  const rng = createRng(3).split("pairs");
  const rows = Array.from({ length: counts.users }, (_, u) => {
    const common = [0, 1, 2].map(() => rng.normal());
    return Array.from({ length: 6 }, (_, i) => {
      const value = Math.sqrt(0.8) * common[i >> 1]! + Math.sqrt(0.2) * rng.normal();
      return [u, i, value] as const;
    }).filter(() => rng.next() < 0.7);
  }).flat();
  return {
    user: Int32Array.from(rows, ([u]) => u),
    item: Int32Array.from(rows, ([, i]) => i),
    residuals: Float32Array.from(rows, ([, , value]) => value),
  };
}

test("an item's neighbours are those it strays with; the slope is the regression's, shrunk by who they share", () => {
  const { residuals, ...events } = pairs();
  const options = { size: 3, shrinkage: 0, events: 500, seed: 1 };
  const free = fitNeighbours(events, residuals, counts, options);
  const pulled = fitNeighbours(events, residuals, counts, { ...options, shrinkage: 245 });
  for (let i = 0; i < 6; i++) {
    expect(free.items[3 * i]).toBe(i ^ 1);
    expect(free.weights[3 * i]).toBeGreaterThan(0.65);
    expect(free.weights[3 * i]).toBeLessThan(0.95);
    // about 245 people have both
    expect(pulled.weights[3 * i]! / free.weights[3 * i]!).toBeCloseTo(0.5, 1);
    expect(free.weights[3 * i + 1]).toBeLessThan(0.15);
  }
  expect([...free.weights.subarray(18)]).toEqual([0, 0, 0, 0, 0, 0]);
});

test("slopes of items on others; nothing on itself, on strangers, and of items without events", () => {
  const { residuals, ...events } = pairs();
  const found = fitNeighbours(events, residuals, counts, { size: 1, shrinkage: 10, events: 500, seed: 1 });
  const [own, partner, stranger, none] = slopesBetween(found, [2], [2, 3, 4, 7]);
  expect([own, stranger, none]).toEqual([0, 0, 0]);
  expect(partner).toBe(found.weights[2]);
  expect([...slopesBetween(found, [6, 7], [0, 6])]).toEqual([0, 0, 0, 0]);
});

test("of people with very many events a seeded draw counts", () => {
  const { residuals, ...events } = pairs();
  const options = { size: 2, shrinkage: 10, events: 2, seed: 1 };
  const some = fitNeighbours(events, residuals, counts, options);
  expect(fitNeighbours(events, residuals, counts, options)).toEqual(some);
  expect(fitNeighbours(events, residuals, counts, { ...options, seed: 2 })).not.toEqual(some);
  expect(fitNeighbours(events, residuals, counts, { ...options, events: 6 })).not.toEqual(some);
});
