import { expect, test } from "vitest";
import { checkerboard } from "../../testing/worlds/checkerboard.ts";
import { type TinyEvent, tinyWorld } from "../../testing/worlds/tiny.ts";
import { fitItemMeans, itemLevels, moments } from "./item-means.ts";

/** Two people, two items: u0 gives 5 and 3, u1 gives i0 a 1. Mean 3, variance 8/3. */
const events: TinyEvent[] = [
  [0, 0, 5],
  [0, 1, 3],
  [1, 0, 1],
];
const world = tinyWorld(events, { users: 3, items: 3 });

/** The alternation written out for this world, in float64. */
function byHand(): { users: number[]; sums: number[]; z: number[] } {
  const s = Math.sqrt(8 / 3);
  const z = [2 / s, 0, -2 / s];
  let users = [0, 0, 0];
  let sums = [0, 0, 0];
  for (let round = 0; round < 5; round++) {
    sums = [z[0]! - users[0]! + z[2]! - users[1]!, z[1]! - users[0]!, 0];
    if (round === 4) break;
    const levels = [sums[0]! / 10, sums[1]! / 9];
    users = [(z[0]! - levels[0]! + z[1]! - levels[1]!) / 7, (z[2]! - levels[0]!) / 6, 0];
  }
  return { users, sums, z };
}

const close = (values: readonly number[]): unknown[] => values.map((x) => expect.closeTo(x, 6));

test("levels of a world of three events, by hand", () => {
  const means = fitItemMeans(world);
  const { users, sums } = byHand();
  expect(means.mean).toBe(3);
  expect(means.deviation).toBeCloseTo(Math.sqrt(8 / 3), 12);
  expect([...means.counts]).toEqual([2, 1, 0]);
  expect([...means.userLevels]).toEqual(close(users));
  expect([...means.sums]).toEqual(close(sums));
});

test("an item's level is its sum over its count and eight, with content's opinion worth eight events", () => {
  const means = fitItemMeans(world);
  const { sums } = byHand();
  const { level, count } = itemLevels(means, Float32Array.of(1, -0.5, 2), Int32Array.of(2, 0, 1));
  expect([...count]).toEqual([0, 2, 1]);
  expect([...level]).toEqual(close([2, (sums[0]! + 8) / 10, (sums[1]! - 4) / 9]));
});

test("an item's level is as shy as it was fitted to be; models from before say nothing and mean eight", () => {
  const [history, prior] = [Int32Array.of(1), Float32Array.of(0, 1, 0)];
  const { itemShrinkage: _, ...before } = fitItemMeans(world);
  const bold = fitItemMeans(world, 1);
  expect(itemLevels(bold, prior, history).level[0]).toBeCloseTo((bold.sums[1]! + 1) / 2, 6);
  expect(itemLevels(before, prior, history).level[0]).toBeCloseTo((before.sums[1]! + 8) / 9, 6);
});

test("one's own event is out of sum and count, nobody else's is", () => {
  const means = fitItemMeans(world);
  const { users, z } = byHand();
  const history = { items: Int32Array.of(0, 1), values: Float32Array.of(5, 3) };
  const { level, count } = itemLevels(means, new Float32Array(3), Int32Array.of(0, 1, 2), {
    user: 0,
    history,
  });
  expect([...count]).toEqual([1, 0, 0]);
  expect([...level]).toEqual(close([(z[2]! - users[1]!) / 9, 0, 0]));
});

test("taken out, it is as if sum and count had been made without it, whatever was rated", () => {
  const board = checkerboard({ users: 20, items: 10 });
  const means = fitItemMeans(board);
  const { user, item, value } = board.interactions;
  const [own, others] = [4, -4].map((who) =>
    Array.from(user.keys()).filter((row) => (user[row] === 4) === who > 0),
  );
  const sums = new Float64Array(10);
  const counts = new Float64Array(10);
  for (const row of others!) {
    sums[item[row]!]! += (value[row]! - means.mean) / means.deviation - means.userLevels[user[row]!]!;
    counts[item[row]!]!++;
  }
  const prior = Float32Array.from({ length: 10 }, (_, i) => i / 10);
  const rows = Int32Array.from({ length: 10 }, (_, i) => i);
  const history = {
    items: Int32Array.from(own!, (row) => item[row]!),
    values: Float32Array.from(own!, (row) => value[row]!),
  };
  const { level, count } = itemLevels(means, prior, rows, { user: 4, history });
  expect(own!.length).toBeGreaterThan(2);
  expect([...count]).toEqual([...counts]);
  expect([...level]).toEqual(
    [...sums].map((x, i) => expect.closeTo((x + 8 * prior[i]!) / (counts[i]! + 8), 4)),
  );
});

test("twice the values on twice the scale: the same levels in deviations", () => {
  const doubled = tinyWorld(
    events.map(([user, item, value]): TinyEvent => [user, item, 2 * value]),
    { users: 3, items: 3 },
  );
  const [one, two] = [fitItemMeans(world), fitItemMeans(doubled)];
  expect([two.mean, two.deviation]).toEqual([2 * one.mean, 2 * one.deviation]);
  expect([two.sums, two.userLevels]).toEqual([one.sums, one.userLevels]);
});

test("moments: equal values have deviation one, none have mean nought", () => {
  expect(moments(Float32Array.of(4, 4))).toEqual({ mean: 4, deviation: 1 });
  expect(moments(new Float32Array(0))).toEqual({ mean: 0, deviation: 1 });
});
