import { expect, test } from "vitest";
import { describeDataset } from "./describe.ts";
import { historiesByUser } from "./splits/interactions.ts";
import { syntheticWorld } from "./synthetic.ts";

const world = syntheticWorld({ seed: 1 });

test("the same seed gives the same world, another seed another, and it says what it is", () => {
  const small = (seed: number) => syntheticWorld({ users: 50, items: 40, seed }).hash;
  expect(small(1)).toBe(small(1));
  expect(small(1)).not.toBe(small(2));
  expect(world.synthetic).toBe(true);
});

test("it has the shape of MovieTweetings", () => {
  const { users, items, events, shots, headShare, values } = describeDataset(world);
  expect([users, items]).toEqual([3000, 800]);
  expect(events).toBeGreaterThan(20_000);
  expect(events).toBeLessThan(45_000);
  expect(shots.median).toBeLessThanOrEqual(4);
  expect(headShare).toBeGreaterThan(0.5);
  expect(values.mean).toBeGreaterThan(6.8);
  expect(values.mean).toBeLessThan(7.8);
  expect(
    world.interactions.value.every((value) => Number.isInteger(value) && value >= 0 && value <= 10),
  ).toBe(true);
});

test("nobody watches a film twice", () => {
  const pairs = [...world.interactions.user].map((user, row) => `${user}/${world.interactions.item[row]}`);
  expect(new Set(pairs).size).toBe(pairs.length);
});

test("titles are distinct and read like titles", () => {
  const { title } = world.items.columns;
  const titles = title?.kind === "text" ? title.values : [];
  expect(new Set(titles).size).toBe(800);
  expect(titles.every((text) => text !== undefined && /^[A-Z][\w' -]+$/u.test(text))).toBe(true);
});

test("popularity drifts: the favourites of the first and of the last month differ", () => {
  const { item, time } = world.interactions;
  const order = [...time!.keys()].sort((a, b) => time![a]! - time![b]!);
  const favourites = (rows: readonly number[]): Set<number> => {
    const counts = new Int32Array(800);
    for (const row of rows) counts[item[row]!]!++;
    return new Set([...counts.keys()].sort((a, b) => counts[b]! - counts[a]!).slice(0, 20));
  };
  const [early, late] = [favourites(order.slice(0, 2000)), favourites(order.slice(-2000))];
  const common = [...early].filter((row) => late.has(row)).length;
  expect(common).toBeGreaterThan(2);
  expect(common).toBeLessThan(16);
});

test("tastes go with genres: people rate the genres they rated high before higher again", () => {
  const { genres } = world.items.columns;
  const genresOf = (item: number) => (genres?.kind === "multi" ? genres.values[item]! : []);
  const { offsets, order } = historiesByUser(world.interactions, 3000);
  let [same, other, sameCount, otherCount] = [0, 0, 0, 0];
  for (let user = 0; user < 3000; user++) {
    const rows = [...order.subarray(offsets[user], offsets[user + 1])];
    if (rows.length < 6) continue;
    const { item, value } = world.interactions;
    const mean = rows.reduce((sum, row) => sum + value[row]!, 0) / rows.length;
    const half = rows.length >> 1;
    const best = rows.slice(0, half).sort((a, b) => value[b]! - value[a]!)[0]!;
    for (const row of rows.slice(half)) {
      const shares = genresOf(item[row]!).some((genre) => genresOf(item[best]!).includes(genre));
      if (shares) [same, sameCount] = [same + value[row]! - mean, sameCount + 1];
      else [other, otherCount] = [other + value[row]! - mean, otherCount + 1];
    }
  }
  expect(same / sameCount - other / otherCount).toBeGreaterThan(0.1);
});
