import { expect, test } from "vitest";
import { createRng } from "../base/rng.ts";
import { syntheticWorld } from "../data/synthetic.ts";
import { defaultLikeWeightOptions, fitLikeWeights, likedPositions, saidByOthers } from "./like-weights.ts";

const world = syntheticWorld({ users: 80, items: 30, seed: 5 });
const all = Int32Array.from(world.items.ids.keys());
const dense = { ...defaultLikeWeightOptions, size: 1000 };

/** The history of a person, and the world without their events. */
function apart(person: number) {
  const { user, item, value } = world.interactions;
  const rows = Array.from(user.keys());
  const [own, others] = [
    rows.filter((row) => user[row] === person),
    rows.filter((row) => user[row] !== person),
  ];
  const interactions = {
    user: Int32Array.from(others, (row) => user[row]!),
    item: Int32Array.from(others, (row) => item[row]!),
    value: Float32Array.from(others, (row) => value[row]!),
  };
  const history = {
    items: Int32Array.from(own, (row) => item[row]!),
    values: Float32Array.from(own, (row) => value[row]!),
  };
  return { history, rest: { ...world, interactions } };
}

test("what is said of somebody of training is what a fit without them says", async () => {
  const { model } = await fitLikeWeights(world, all, dense);
  const rng = createRng(1);
  for (const person of [3, 17, 60]) {
    const { history, rest } = apart(person);
    const own = likedPositions(model, history);
    const told = rng.sample(own, Math.ceil(own.length / 2));
    // The ridge follows the number of likes: the same ridge for both.
    const likes = (values: ArrayLike<number>): number =>
      Array.from(values).filter((value) => value >= world.scale.liked).length;
    const ridge = (dense.ridge * likes(world.interactions.value)) / likes(rest.interactions.value);
    const without = await fitLikeWeights(rest, all, { ...dense, ridge });
    const wanted = saidByOthers(without.model, told, []);
    const got = saidByOthers(model, told, own);
    const plain = saidByOthers(model, told, []);
    let worst = 0;
    got.forEach((x, i) => {
      expect(x).toBeCloseTo(wanted[i]!, 5);
      worst = Math.max(worst, Math.abs(plain[i]! - wanted[i]!));
    });
    expect(worst).toBeGreaterThan(0.001);
  }
});

test("weights are EASE's by the normal equations: each item's column solves its ridge regression", async () => {
  const { weights, model } = await fitLikeWeights(world, all, dense);
  const n = weights.rows.length;
  const likes = world.users.ids.map((_, person) => new Set(likedPositions(model, apart(person).history)));
  const ridge = (dense.ridge * likes.reduce((sum, { size }) => sum + size, 0)) / n;
  for (const i of [0, 7, n - 1]) {
    const column = new Float64Array(n);
    for (let k = 0; k < weights.size; k++)
      column[weights.others[i * weights.size + k]!] = weights.weights[i * weights.size + k]!;
    expect(column[i]).toBe(0);
    // Gradient of |x_i - X b|^2 + ridge |b|^2 in every other item's weight.
    for (const j of [1, 12, 25].filter((other) => other !== i)) {
      let slope = ridge * column[j]!;
      for (const own of likes)
        if (own.has(j)) slope += [...own].reduce((sum, at) => sum + column[at]!, 0) - Number(own.has(i));
      expect(slope).toBeCloseTo(0, 3);
    }
  }
});

test("the largest weights of either sign are kept, of the most liked items", async () => {
  const few = await fitLikeWeights(world, all, { ...dense, size: 4, maxItems: 12 });
  const whole = await fitLikeWeights(world, all, { ...dense, maxItems: 12 });
  expect(few.weights.rows).toHaveLength(12);
  expect([...few.weights.rows]).toEqual([...few.weights.rows].sort((a, b) => a - b));
  const counts = new Map<number, number>();
  world.interactions.item.forEach((item, row) => {
    if (world.interactions.value[row]! >= world.scale.liked) counts.set(item, (counts.get(item) ?? 0) + 1);
  });
  const least = Math.min(...Array.from(few.weights.rows, (item) => counts.get(item) ?? 0));
  const others = all.filter((item) => !few.weights.rows.includes(item));
  expect(Math.max(...Array.from(others, (item) => counts.get(item) ?? 0))).toBeLessThanOrEqual(least);
  for (let i = 0; i < 12; i++) {
    const ofItem = (w: typeof few.weights) => Array.from(w.weights.subarray(i * w.size, (i + 1) * w.size));
    const sizes = ofItem(whole.weights)
      .map(Math.abs)
      .sort((a, b) => b - a);
    expect(ofItem(few.weights).map(Math.abs)).toEqual(sizes.slice(0, 4));
  }
});

test("two items alone: each other's weight, and no more than there are; without any item nothing", async () => {
  const likes = new Map<number, number>();
  for (const item of world.interactions.item) likes.set(item, (likes.get(item) ?? 0) + 1);
  const two = [...likes]
    .sort((a, b) => b[1] - a[1])
    .slice(0, 2)
    .map(([item]) => item)
    .sort((a, b) => a - b);
  const { weights } = await fitLikeWeights(world, Int32Array.from(two));
  expect([weights.size, [...weights.rows], [...weights.others]]).toEqual([1, two, [1, 0]]);
  expect((await fitLikeWeights(world, new Int32Array(0))).weights.rows).toHaveLength(0);
});
