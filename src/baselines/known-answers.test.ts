import { expect, test } from "vitest";
import { linearTaste } from "../../testing/worlds/linear-taste.ts";
import { solveSpdInPlace } from "../base/cholesky.ts";
import { createRng } from "../base/rng.ts";
import type { Dataset } from "../data/dataset.ts";
import { emptyHistory, type History, type Query } from "../data/query.ts";
import { fitBiases } from "./biases.ts";
import { groupBy, likedItems } from "./columns.ts";
import { contentKnnDefaults, fitContentKnn } from "./content-knn.ts";
import { fitItemKnn, itemKnnDefaults } from "./item-knn.ts";
import { fitItemMean } from "./item-mean.ts";
import { fitItemUserBias } from "./item-user-bias.ts";
import { fitMatrixFactorisation, matrixFactorisationDefaults } from "./matrix-factorisation.ts";
import { fitPopularity } from "./popularity.ts";
import { fitRecentPopularity } from "./recent-popularity.ts";
import { fitUserKnn, userKnnDefaults } from "./user-knn.ts";

const day = 86_400;
/** user, item, value, day; liked from 4. Item 3 is never used. */
const events: readonly [number, number, number, number][] = [
  [0, 0, 5, 0],
  [0, 1, 4, 10],
  [1, 0, 5, 20],
  [1, 1, 5, 30],
  [1, 2, 2, 31],
  [2, 0, 4, 40],
  [2, 2, 4, 50],
];
const train = toDataset(events, 3, 4);
const items = Int32Array.of(0, 1, 2, 3);

function toDataset(rows: typeof events, users: number, itemCount: number): Dataset {
  const ids = (n: number): string[] => Array.from({ length: n }, (_, i) => String(i));
  return {
    name: "toy",
    users: { ids: ids(users), columns: {} },
    items: { ids: ids(itemCount), columns: {} },
    interactions: {
      user: Int32Array.from(rows, ([u]) => u),
      item: Int32Array.from(rows, ([, i]) => i),
      value: Float32Array.from(rows, ([, , v]) => v),
      time: Float64Array.from(rows, ([, , , t]) => t * day),
    },
    scale: { min: 1, max: 5, liked: 4 },
    synthetic: true,
    hash: "",
  };
}

function history(rows: readonly (readonly [number, number])[]): Query & { readonly history: History } {
  return {
    history: { items: Int32Array.from(rows, ([i]) => i), values: Float32Array.from(rows, ([, v]) => v) },
  };
}

const stranger: Query = { history: emptyHistory };

test("popularity counts likes, not events", async () => {
  expect([...(await fitPopularity(train).score(stranger, items))]).toEqual([3, 2, 1, 0]);
});

test("recent popularity counts the likes in [time - days, time)", async () => {
  const ranker = fitRecentPopularity(train, { days: 20, allTime: 0 });
  const at = async (t: number): Promise<number[]> => [
    ...(await ranker.score({ ...stranger, time: t * day }, items)),
  ];
  expect(await at(20)).toEqual([1, 1, 0, 0]); // days 0 and 10; day 20 itself is not yet known
  expect(await at(40)).toEqual([1, 1, 0, 0]); // days 20 and 30
  expect(await at(41)).toEqual([1, 1, 0, 0]); // day 40 for item 0, day 30 for item 1
  expect(await at(50)).toEqual([1, 1, 0, 0]); // day 30 for item 1, just in; day 50 for item 2, not yet
  expect(await at(51)).toEqual([1, 0, 1, 0]); // days 40 and 50
  expect(await at(-5)).toEqual([0, 0, 0, 0]);
  // Without a time: the end of training, one second after day 50, so day 30 is just too old.
  expect([...(await ranker.score(stranger, items))]).toEqual([1, 0, 1, 0]);
});

test("recent popularity adds its share of all likes; without times every like is recent", async () => {
  const blend = fitRecentPopularity(train, { days: 20, allTime: 0.5 });
  expect([...(await blend.score({ ...stranger, time: 51 * day }, items))]).toEqual([2.5, 1, 1.5, 0]);
  const { user, item, value } = train.interactions;
  const timeless = fitRecentPopularity(
    { ...train, interactions: { user, item, value } },
    { days: 1, allTime: 0 },
  );
  expect([...(await timeless.score(stranger, items))]).toEqual([3, 2, 1, 0]);
});

test("item mean is shrunk to the overall mean", async () => {
  const mean = 29 / 7;
  const rated = await fitItemMean(train, { itemShrinkage: 2 }).rate?.(stranger, items);
  // Item 0: 14 / 3 over three events, two more at the mean; item 3 has none.
  const expected = [(14 + 2 * mean) / 5, (9 + 2 * mean) / 4, (6 + 2 * mean) / 4, mean];
  expected.forEach((v, at) => expect(rated?.[at]).toBeCloseTo(v, 5));
});

test("item + user bias recovers an additive world and folds an unseen user in", async () => {
  const [itemBias, userBias] = [
    [1, -1, 0.5, -0.5],
    [0.3, -0.6, 0.3],
  ];
  const rows = userBias.flatMap((b, u) =>
    itemBias.map((a, i): (typeof events)[number] => [u, i, 3 + a + b, 0]),
  );
  const ranker = fitItemUserBias(toDataset(rows, 3, 4), { itemShrinkage: 0, userShrinkage: 0 });
  // The unseen person gives item 0 half a point more than the world does.
  const rated = await ranker.rate?.(history([[0, 4.5]]), items);
  itemBias.forEach((a, at) => expect(rated?.[at]).toBeCloseTo(3.5 + a, 4));
  const shrunk = fitItemUserBias(toDataset(rows, 3, 4), { itemShrinkage: 0, userShrinkage: 1 });
  const base = (await shrunk.rate?.(stranger, items))?.[0] ?? Number.NaN;
  const one = await shrunk.rate?.(history([[0, base + 1]]), items);
  expect((one?.[0] ?? 0) - base).toBeCloseTo(1 / 2, 5); // residual 1 over one event plus shrinkage 1
});

test("item kNN by hand", async () => {
  const ranker = fitItemKnn(train, { ...itemKnnDefaults, shrinkage: 1, popularity: 0 });
  // Likes: 0 by users 0, 1, 2; 1 by users 0, 1; 2 by user 2. Common: (0, 1) two, (0, 2) one, (1, 2) none.
  const [s01, s02] = [2 / (Math.sqrt(6) + 1), 1 / (Math.sqrt(3) + 1)];
  const scores = async (query: Query): Promise<number[]> => [...(await ranker.score(query, items))];
  const expectClose = (got: number[], want: number[]): void =>
    want.forEach((v, at) => expect(got[at]).toBeCloseTo(v, 6));
  expectClose(await scores(history([[0, 5]])), [0, s01, s02, 0]);
  expectClose(
    await scores(
      history([
        [1, 5],
        [2, 4],
      ]),
    ),
    [s01 + s02, 0, 0, 0],
  );
  expectClose(await scores(history([[0, 2]])), [0, 0, 0, 0]); // a dislike is no like
  const blended = fitItemKnn(train, { ...itemKnnDefaults, shrinkage: 1, popularity: 0.5 });
  expectClose([...(await blended.score(history([[0, 5]]), items))], [0.5, s01 + 1 / 3, s02 + 1 / 6, 0]);
  const nearest = fitItemKnn(train, { ...itemKnnDefaults, neighbours: 1, shrinkage: 1, popularity: 0 });
  // Item 0 is the nearest of both others, item 1 that of item 0, item 2 of none.
  expectClose([...(await nearest.score(history([[0, 5]]), items))], [0, s01, s02, 0]);
  expectClose([...(await nearest.score(history([[1, 5]]), items))], [s01, 0, 0, 0]);
  expectClose([...(await nearest.score(history([[2, 5]]), items))], [0, 0, 0, 0]);
});

test("item kNN rates by what the neighbours left over, by hand", async () => {
  const ranker = fitItemKnn(train, { ...itemKnnDefaults, shrinkage: 1, rateShrinkage: 1 });
  const [s01, s02] = [2 / (Math.sqrt(6) + 1), 1 / (Math.sqrt(3) + 1)];
  const { mean, item } = fitBiases(train, itemKnnDefaults);
  const level = (i: number): number => mean + item[i]!;
  const offset = (5 - level(0) + 1 - level(2)) / (2 + itemKnnDefaults.userShrinkage);
  const [left0, left2] = [5 - level(0) - offset, 1 - level(2) - offset];
  const near = [(s02 * left2) / (s02 + 1), (s01 * left0) / (s01 + 1), (s02 * left0) / (s02 + 1), 0];
  const query = history([
    [0, 5],
    [2, 1],
  ]);
  const rated = [...((await ranker.rate?.(query, items)) ?? [])];
  expect(rated).toEqual(near.map((x, i) => expect.closeTo(level(i) + offset + x, 5)));
  expect(Math.abs(offset)).toBeGreaterThan(0.1);
});

test("user kNN by hand", async () => {
  // Likes: user 0 {0, 1}, user 1 {0, 1}, user 2 {0, 2}. Somebody who likes 0 and 1 has 2, 2 and 1 in common with them.
  const ranker = fitUserKnn(train, { ...userKnnDefaults, shrinkage: 1, popularity: 0 });
  const [near, far] = [2 / 3, 1 / 3]; // common / (sqrt(2 * 2) + 1)
  const query = history([
    [0, 5],
    [1, 4],
  ]);
  const total = 2 * near + far;
  const want = [1, (2 * near) / total, far / total, 0];
  expect([...(await ranker.score(query, items))]).toEqual(want.map((v) => expect.closeTo(v, 6)));
  const nearest = fitUserKnn(train, { ...userKnnDefaults, neighbours: 1, shrinkage: 1, popularity: 0 });
  expect([...(await nearest.score(query, items))]).toEqual([1, 1, 0, 0]);
  // Users 0 and 1 are not their own neighbours; the popularity of items is 3, 2, 1 and 0 of 3.
  const blend = fitUserKnn(train, { ...userKnnDefaults, neighbours: 1, shrinkage: 1, popularity: 0.3 });
  const [own, other] = [blend.score({ ...query, user: 0 }, items), blend.score({ ...query, user: 1 }, items)];
  for (const scores of [await own, await other]) {
    expect([...scores]).toEqual([1.3, 1.2, 0.1, 0].map((v) => expect.closeTo(v, 6)));
  }
  expect([...(await blend.score(stranger, items))]).toEqual(
    [0.3, 0.2, 0.1, 0].map((v) => expect.closeTo(v, 6)),
  );
});

test("user kNN: nobody is their own neighbour, and shrinkage doubts those with few likes", async () => {
  const own = fitUserKnn(train, { ...userKnnDefaults, popularity: 0 });
  const query = history([
    [0, 5],
    [2, 4],
  ]);
  expect([...(await own.score({ ...query, user: 2 }, items))]).toEqual([1, 1, 0, 0]);
  expect((await own.score(query, items))[2]).toBeGreaterThan(0);
  const few = toDataset(
    [0, 0, 1, 2, 3].map((i, at) => [at === 0 ? 0 : 1, i, 5, 0]),
    2,
    4,
  );
  const doubting = fitUserKnn(few, { ...userKnnDefaults, shrinkage: 1, popularity: 0 });
  // 1 / (sqrt(1 * 1) + 1) and 1 / (sqrt(1 * 4) + 1)
  const far = 1 / 3 / (1 / 2 + 1 / 3);
  expect([...(await doubting.score(history([[0, 5]]), items))]).toEqual(
    [1, far, far, far].map((v) => expect.closeTo(v, 6)),
  );
});

test("user kNN rates by those whose residuals go the same way, by hand", async () => {
  const config = { ...userKnnDefaults, rateDoubt: 2, rateShrinkage: 0.5 };
  const biases = fitBiases(train, config);
  const level = (i: number): number => biases.mean + biases.item[i]!;
  const left = events.map(([u, i, v]) => v - level(i) - biases.user[u]!);
  const square = left.reduce((sum, r) => sum + r * r, 0) / left.length;
  // Somebody who dislikes item 2 shares residuals there with users 1 (event 4) and 2 (event 6).
  const offset = (1 - level(2)) / (1 + config.userShrinkage);
  const residual = 1 - level(2) - offset;
  const norm = (rows: readonly number[]): number =>
    Math.sqrt(rows.reduce((sum, e) => sum + left[e]! ** 2, 0));
  const [one, two] = [norm([2, 3, 4]), norm([5, 6])];
  const similarity = (event: number, other: number): number =>
    (residual * left[event]!) / (Math.abs(residual) * other + 2 * square);
  const [s1, s2] = [similarity(4, one), similarity(6, two)];
  expect(s1).toBeGreaterThan(0);
  expect(s2).toBeLessThan(0); // no neighbour
  const rated = await fitUserKnn(train, config).rate?.(history([[2, 1]]), items);
  const near = [2, 3, 4].map((event) => (s1 * left[event]!) / (s1 + 0.5));
  const want = [...near.map((x, i) => level(i) + offset + x), biases.mean + offset];
  expect([...(rated ?? [])]).toEqual(want.map((v) => expect.closeTo(v, 5)));
});

test("content kNN by hand, for items that nobody has used as well", async () => {
  const genre = { kind: "multi", values: [["war"], ["war", "love"], ["love"], ["love"]] } as const;
  const world: Dataset = { ...train, items: { ...train.items, columns: { genre } } };
  const ranker = fitContentKnn(world, { ...contentKnnDefaults, minCount: 1, popularity: 0 });
  // Of four items, two have "war" (ln 2) and three "love" (ln 4/3); item 3 has no event.
  const [war, love] = [Math.log(2), Math.log(4 / 3)];
  const length = Math.hypot(war, love);
  const close = (want: readonly number[]): unknown[] => want.map((v) => expect.closeTo(v, 6));
  expect([...(await ranker.score(history([[1, 5]]), items))]).toEqual(
    close([war / length, 0, love / length, love / length]),
  );
  expect([...(await ranker.score(history([[1, 2]]), items))]).toEqual([0, 0, 0, 0]); // a dislike
  const both = history([
    [1, 5],
    [2, 5],
  ]);
  expect((await ranker.score(both, items))[3]).toBeCloseTo(love / length + 1, 6);
  const nearest = fitContentKnn(world, {
    ...contentKnnDefaults,
    minCount: 1,
    neighbours: 1,
    popularity: 0.5,
  });
  expect([...(await nearest.score(both, items))]).toEqual(
    close([war / length + 0.5, love / length + 1 / 3, love / length + 1 / 6, 1]),
  );
  // No genre is in three used items.
  const common = fitContentKnn(world, { ...contentKnnDefaults, minCount: 3, popularity: 0 });
  expect([...(await common.score(history([[1, 5]]), items))]).toEqual([0, 0, 0, 0]);
  const rated = await ranker.rate?.(history([[1, 2]]), items);
  const biases = fitBiases(world, contentKnnDefaults);
  const level = (i: number): number => biases.mean + biases.item[i]!;
  const offset = (2 - level(1)) / (1 + contentKnnDefaults.userShrinkage);
  const residual = 2 - level(1) - offset;
  const s = love / length;
  expect(rated?.[3]).toBeCloseTo(
    level(3) + offset + (s * residual) / (s + contentKnnDefaults.rateShrinkage),
    5,
  );
  expect(rated?.[1]).toBeCloseTo(level(1) + offset, 5);
});

test("matrix factorisation finds a linear taste that biases cannot, and says more with more shots", async () => {
  const world = linearTaste({ users: 400, items: 60, width: 2, events: 30, noise: 0.2, seed: 3 });
  const cold = new Set(Array.from({ length: 40 }, (_, u) => u));
  const kept = [...world.interactions.user.keys()].filter(
    (row) => !cold.has(world.interactions.user[row] ?? -1),
  );
  const { user, item, value } = world.interactions;
  const warm: Dataset = {
    ...world,
    interactions: {
      user: Int32Array.from(kept, (row) => user[row] ?? 0),
      item: Int32Array.from(kept, (row) => item[row] ?? 0),
      value: Float32Array.from(kept, (row) => value[row] ?? 0),
    },
  };
  const config = { ...matrixFactorisationDefaults, embeddingSize: 4, regularisation: 0.5, userShrinkage: 5 };
  const rankers = { mf: fitMatrixFactorisation(warm, config), bias: fitItemUserBias(warm) };
  const error = async (name: keyof typeof rankers, shots: number): Promise<number> => {
    let sum = 0;
    for (const u of cold) {
      const rows = createRng(u).sample(
        Int32Array.from({ length: 60 }, (_, i) => i),
        30,
      );
      const support = history(rows.slice(0, shots).map((i) => [i, world.expected(u, i)]));
      const asked = Int32Array.from(rows.slice(20));
      const rated = await rankers[name].rate?.(support, asked);
      asked.forEach((i, at) => {
        sum += Math.abs((rated?.[at] ?? 0) - world.expected(u, i)) / asked.length / cold.size;
      });
    }
    return sum;
  };
  const [none, few, many] = [await error("mf", 0), await error("mf", 3), await error("mf", 20)];
  expect(many).toBeLessThan(0.25);
  expect(few).toBeLessThan(none);
  expect(many).toBeLessThan(0.4 * (await error("bias", 20)));
  expect(await error("bias", 0)).toBeCloseTo(none, 1);
});

test("values all alike do not break the factorisation", async () => {
  const flat = toDataset(
    events.map(([u, i, , t]) => [u, i, 1, t]),
    3,
    4,
  );
  const rated = await fitMatrixFactorisation(flat).rate?.(history([[0, 1]]), items);
  rated?.forEach((v) => expect(v).toBeCloseTo(1, 3));
});

test("Cholesky solves, and refuses what is not positive definite", () => {
  // [[4, 2], [2, 3]] x = [8, 7] has x = [1.25, 1.5].
  const x = Float64Array.of(8, 7);
  solveSpdInPlace(Float64Array.of(4, 99, 2, 3), x); // the upper triangle is not read
  expect([...x].map((v) => v.toFixed(12))).toEqual(["1.250000000000", "1.500000000000"]);
  expect(() => solveSpdInPlace(Float64Array.of(1, 0, 2, 1), Float64Array.of(1, 1))).toThrow(
    /pivot -3 in row 1/,
  );
});

test("liked items are those liked enough that training knows", () => {
  const given = history([
    [2, 4],
    [0, 3],
    [4, 5],
    [3, 5],
  ]).history;
  expect([...likedItems(given, 4, 4)]).toEqual([2, 3]);
});

test("groups keep the order of events", () => {
  const { offsets, rows } = groupBy(Int32Array.of(2, 0, 2, 1, 0), 4);
  expect([...offsets]).toEqual([0, 2, 3, 5, 5]);
  expect([...rows]).toEqual([1, 4, 3, 0, 2]);
});

test("nothing to learn from is said so", () => {
  const empty = toDataset([], 3, 4);
  for (const fit of [
    fitItemMean,
    fitItemUserBias,
    fitItemKnn,
    fitContentKnn,
    fitUserKnn,
    fitMatrixFactorisation,
  ]) {
    expect(() => fit(empty)).toThrow(/toy: expected training events, got none/);
  }
});
