import { expect, test } from "vitest";
import { checkerboard } from "../../testing/worlds/checkerboard.ts";
import { invertSpd } from "../base/cholesky.ts";
import { createRng } from "../base/rng.ts";
import { easeWeights, fitEase } from "./ease.ts";

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

test("float32 is enough: the weights of items that differ a hundredfold in likes, against float64", async () => {
  const [users, size, regularisation] = [2000, 150, 30];
  const rng = createRng("ease");
  const lists = Array.from({ length: users }, () =>
    Array.from({ length: size }, (_, i) => i).filter((i) => rng.next() < 0.9 / (1 + i)),
  );
  const offsets = Int32Array.from([0, ...lists.map(({ length }) => length)]);
  for (let user = 0; user < users; user++) offsets[user + 1]! += offsets[user]!;
  const gram = new Float64Array(size * size);
  for (const list of lists) for (const a of list) for (const b of list) gram[a * size + b]!++;
  for (let i = 0; i < size; i++) gram[i * (size + 1)]! += regularisation;
  const inverse = invertSpd(gram, size);
  const got = await easeWeights({ offsets, others: Int32Array.from(lists.flat()) }, size, { regularisation });
  let worst = 0;
  for (let j = 0; j < size; j++)
    for (let i = 0; i < size; i++) {
      const want = i === j ? 0 : -inverse[j * size + i]! / inverse[i * (size + 1)]!;
      worst = Math.max(worst, Math.abs(got[j * size + i]! - want));
    }
  expect(worst).toBeLessThan(1e-5);
  expect(got.reduce((max, w) => Math.max(max, Math.abs(w)), 0)).toBeGreaterThan(0.1);
});

test("a catalogue that is too large is refused at once, before any memory is taken", async () => {
  const likes = { offsets: Int32Array.of(0), others: new Int32Array(0) };
  await expect(easeWeights(likes, 100_000, { regularisation: 1 })).rejects.toThrow(
    /^ease: expected at most 20000 items.*got 100000, 200 GB/,
  );
});
