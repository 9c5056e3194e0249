import { expect, test } from "vitest";
import { checkerboard } from "../../testing/worlds/checkerboard.ts";
import { fitEase } from "./ease.ts";

test("EASE by hand: two items that always go together", async () => {
  // Two people like both items: X^T X = [[2, 2], [2, 2]], plus 1: [[3, 2], [2, 3]], inverse [[3, -2], [-2, 3]] / 5,
  // so B_01 = B_10 = 2 / 3.
  const world = checkerboard({ items: 3 });
  const two = {
    user: Int32Array.of(0, 0, 1, 1),
    item: Int32Array.of(0, 1, 0, 1),
    value: Float32Array.of(5, 5, 4, 5),
  };
  const ranker = await fitEase(
    { ...world, interactions: two },
    { regularisation: 1, popularity: 0, minLikes: 1 },
  );
  const scores = await ranker.score(
    { history: { items: Int32Array.of(0), values: Float32Array.of(5) } },
    Int32Array.of(0, 1, 2),
  );
  [0, 2 / 3, 0].forEach((v, at) => expect(scores[at]).toBeCloseTo(v, 6));
});

test("EASE is not symmetric: each item has its own regression", async () => {
  // One likes both, one only item 0: X^T X + I = [[3, 1], [1, 2]], inverse [[2, -1], [-1, 3]] / 5,
  // so item 1 gets B_01 = 1 / 3 from a like of item 0, and item 0 gets B_10 = 1 / 2 from one of item 1.
  const likes = {
    user: Int32Array.of(0, 0, 1),
    item: Int32Array.of(0, 1, 0),
    value: Float32Array.of(5, 5, 5),
  };
  const world = { ...checkerboard({ items: 2 }), interactions: likes };
  const ranker = await fitEase(world, { regularisation: 1, popularity: 0, minLikes: 1 });
  const after = async (item: number): Promise<Float32Array> =>
    ranker.score(
      { history: { items: Int32Array.of(item), values: Float32Array.of(5) } },
      Int32Array.of(0, 1),
    );
  expect((await after(0))[1]).toBeCloseTo(1 / 3, 6);
  expect((await after(1))[0]).toBeCloseTo(1 / 2, 6);
});

test("what a history says is the sum of what its likes say, however many there are", async () => {
  const world = checkerboard({ items: 30, seed: 2 });
  const ranker = await fitEase(world, { regularisation: 5, popularity: 0, minLikes: 1 });
  const items = Int32Array.from({ length: 30 }, (_, i) => i);
  const after = async (likes: Int32Array): Promise<Float32Array> =>
    ranker.score({ history: { items: likes, values: new Float32Array(likes.length).fill(5) } }, items);
  const each = await Promise.all(Array.from(items, (item) => after(Int32Array.of(item))));
  for (let count = 1; count <= 13; count++) {
    const scores = await after(items.subarray(0, count));
    items.forEach((item) => {
      const sum = each.slice(0, count).reduce((total, one) => total + one[item]!, 0);
      expect(scores[item]).toBeCloseTo(sum, 5);
    });
  }
});
