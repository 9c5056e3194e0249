import { expect, test } from "vitest";
import { createDataset, type Dataset } from "../data/dataset.ts";
import { emptyHistory } from "../data/query.ts";
import { fitRandomWalk, randomWalkDefaults } from "./random-walk.ts";

/** Person 0 likes 0 and 1; person 1 likes 0, 1 and 2; person 2 likes 1; nobody likes 3. */
const likes = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
  [1, 2],
  [2, 1],
] as const;

const train: Dataset = createDataset({
  name: "toy",
  users: { ids: ["a", "b", "c"], columns: {} },
  items: { ids: ["0", "1", "2", "3"], columns: {} },
  interactions: {
    user: Int32Array.from(likes, ([user]) => user),
    item: Int32Array.from(likes, ([, item]) => item),
    value: Float32Array.from(likes, () => 5),
  },
  scale: { min: 1, max: 5, liked: 4 },
  synthetic: true,
});
const items = Int32Array.of(0, 1, 2, 3, 9);
const history = { items: Int32Array.of(0, 2, 9), values: Float32Array.of(5, 1, 5) };

test("three steps by hand: from item 0 to its two people, to their items", async () => {
  const plain = fitRandomWalk(train, { power: 1, popularityPenalty: 0, popularity: 0 });
  // 0 -> a, b with 1/2 each; a -> 0, 1 with 1/2; b -> 0, 1, 2 with 1/3: item 0 and 1 get 1/4 + 1/6, item 2 gets 1/6.
  expect([...(await plain.score({ history }, items))]).toEqual([1, 1, expect.closeTo(0.4, 6), 0, 0]);
  const penalised = fitRandomWalk(train, { power: 1, popularityPenalty: 1, popularity: 0 });
  // Divided by 2, 3 and 1 likes: 5/24, 5/36, 1/6, the first being the best.
  const expected = [1, 2 / 3, 0.8, 0, 0].map((score) => expect.closeTo(score, 6) as number);
  expect([...(await penalised.score({ history }, items))]).toEqual(expected);
});

test("a power below 1 trusts those who like much more than their share", async () => {
  const even = fitRandomWalk(train, { power: 0, popularityPenalty: 0, popularity: 0 });
  // Paths are counted: two to items 0 and 1, one to item 2.
  expect([...(await even.score({ history }, items))]).toEqual([1, 1, 0.5, 0, 0]);
});

test("a stranger gets what is popular", async () => {
  const scores = await fitRandomWalk(train, { ...randomWalkDefaults, popularity: 0.1 }).score(
    { history: emptyHistory },
    items,
  );
  expect([...scores]).toEqual(
    [2 / 3, 1, 1 / 3, 0, 0].map((share) => expect.closeTo(0.1 * share, 6) as number),
  );
});
