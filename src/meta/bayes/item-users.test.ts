import { expect, test } from "vitest";
import { linearTaste } from "../../../testing/worlds/linear-taste.ts";
import { createRng } from "../../base/rng.ts";
import type { Dataset } from "../../data/dataset.ts";
import { fitUsers, type UserFeatureOptions } from "./item-users.ts";

const options: UserFeatureOptions = {
  factorSize: 3,
  factorRegularisation: 1,
  noise: 0.2,
  levelVariance: 0.25,
  seed: 1,
};
const world = linearTaste({ users: 120, items: 40, width: 3, events: 15, seed: 3 });

function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (x: readonly number[]): number => x.reduce((s, v) => s + v, 0) / x.length;
  const [ma, mb] = [mean(a), mean(b)];
  const dot = (x: readonly number[], y: readonly number[]): number => x.reduce((s, v, i) => s + v * y[i]!, 0);
  const [ca, cb] = [a.map((v) => v - ma), b.map((v) => v - mb)];
  return dot(ca, cb) / Math.sqrt(dot(ca, ca) * dot(cb, cb));
}

/** Users without attributes: taste, level, constant. */
test("a row is taste, level and a constant; attributes follow as tokens", () => {
  const { learned, width, values } = fitUsers(world, options);
  expect([learned, width]).toEqual([4, 5]);
  for (let u = 0; u < 120; u++) expect(values[u * width + learned]).toBe(1);
  const ids = world.users.ids;
  const land = ids.map((_, u) => (u % 2 === 0 ? "nl" : "be"));
  const told: Dataset = {
    ...world,
    users: { ids, columns: { land: { kind: "categorical", values: land } } },
  };
  const fitted = fitUsers(told, options);
  const rowOf = (u: number): number[] => [
    ...fitted.values.subarray(u * fitted.width, (u + 1) * fitted.width),
  ];
  expect(rowOf(0).slice(5)).toEqual(rowOf(2).slice(5));
  expect(rowOf(0).slice(5)).not.toEqual(rowOf(1).slice(5));
  expect(
    rowOf(1)
      .slice(5)
      .reduce((a, b) => a + b, 0),
  ).toBeGreaterThan(0);
});

test("users without their own event know nothing of it: pure noise is not predicted", () => {
  const rng = createRng("noise");
  const noise: Dataset = {
    ...world,
    interactions: { ...world.interactions, value: world.interactions.value.map(() => rng.normal()) },
  };
  const { without, values, width } = fitUsers(noise, options);
  const { user, item, value } = noise.interactions;
  // How well an item's other events, regressed on their users, predict each of its values.
  const predicted = (featureOf: (row: number) => Float32Array): number => {
    const guesses: number[] = [];
    for (const row of value.keys()) {
      const others = [...value.keys()].filter((at) => item[at] === item[row] && at !== row);
      const x = featureOf(row);
      guesses.push(
        others.reduce((sum, at) => {
          const y = featureOf(at);
          return sum + value[at]! * x.reduce((dot, v, k) => dot + v * y[k]!, 0);
        }, 0),
      );
    }
    return correlation(guesses, [...value]);
  };
  const rows = noise.interactions.user.length;
  expect(rows).toBe(1800);
  const inside = predicted((row) => values.subarray(user[row]! * width, user[row]! * width + 4));
  const outside = predicted((row) => without.subarray(row * 4, row * 4 + 4));
  expect(inside).toBeGreaterThan(0.2);
  expect(Math.abs(outside)).toBeLessThan(inside / 2);
});

test("tastes are those of the world: they predict new values of its users", () => {
  const { values, width } = fitUsers(world, options);
  // For each item, what its users think against the mean of what their nearest users would: by regression on tastes.
  const users = world.users.ids.map((_, u) => [...values.subarray(u * width, u * width + 3)]);
  const item = 5;
  const truth = users.map((_, u) => world.expected(u, item));
  const weights = leastSquares(users, truth);
  const fitted = users.map((x) => x.reduce((sum, v, k) => sum + v * weights[k]!, 0));
  expect(correlation(fitted, truth)).toBeGreaterThan(0.9);
});

/** Normal equations by Gauss-Jordan, with an intercept. */
function leastSquares(rows: readonly (readonly number[])[], y: readonly number[]): number[] {
  const x = rows.map((row) => [...row, 1]);
  const d = x[0]!.length;
  const a = Array.from({ length: d }, (_, i) => [
    ...Array.from({ length: d }, (__, j) => x.reduce((s, row) => s + row[i]! * row[j]!, i === j ? 1e-9 : 0)),
    x.reduce((s, row, n) => s + row[i]! * y[n]!, 0),
  ]);
  for (let i = 0; i < d; i++) {
    const pivot = a[i]![i]!;
    a[i] = a[i]!.map((v) => v / pivot);
    for (let r = 0; r < d; r++) {
      if (r === i) continue;
      const factor = a[r]![i]!;
      a[r] = a[r]!.map((v, c) => v - factor * a[i]![c]!);
    }
  }
  return a.map((row) => row[d]!);
}
