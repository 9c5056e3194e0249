import fc from "fast-check";
import { expect, test } from "vitest";
import { createDataset, type Dataset, type Interactions } from "../dataset.ts";
import { splitColdItems, splitColdUsers, splitFourStates } from "./cold.ts";
import { partSizes, splitInTime, splitRandom } from "./events.ts";
import { historiesByUser, itemCounts, selectRows } from "./interactions.ts";
import { withTraining } from "./training.ts";

/** `value` is the number of the event, so that events can be told apart. */
function world(pairs: readonly (readonly [user: number, item: number, time?: number])[]): Dataset {
  const [users, items] = [0, 1].map((side) => Math.max(0, ...pairs.map((pair) => pair[side]! + 1)));
  const interactions: Interactions = {
    user: Int32Array.from(pairs, ([user]) => user),
    item: Int32Array.from(pairs, ([, item]) => item),
    value: Float32Array.from(pairs, (_, i) => i),
    ...(pairs[0]?.[2] === undefined ? {} : { time: Float64Array.from(pairs, ([, , time]) => time ?? 0) }),
  };
  const table = (count: number | undefined) => ({
    ids: Array.from({ length: count ?? 0 }, (_, i) => `#${i}`),
    columns: {},
  });
  const scale = { min: 0, max: pairs.length, liked: 1 };
  return createDataset({
    name: "toy",
    users: table(users),
    items: table(items),
    interactions,
    scale,
    synthetic: true,
  });
}

const grid = (users: number, items: number): Dataset =>
  world(
    Array.from({ length: users * items }, (_, i) => [Math.floor(i / items), i % items, 1000 + i] as const),
  );

const events = ({ value }: Interactions): number[] => [...value].sort((a, b) => a - b);

test("histories are in time order, ties by row", () => {
  const { interactions } = world([
    [1, 0, 30],
    [0, 0, 20],
    [1, 1, 10],
    [0, 1, 20],
    [1, 2, 10],
  ]);
  const { offsets, order } = historiesByUser(interactions, 3);
  expect([...offsets]).toEqual([0, 2, 5, 5]);
  expect([...order]).toEqual([1, 3, 2, 4, 0]);
});

test("histories of a source without times keep the row order", () => {
  const { interactions } = world([
    [1, 0],
    [0, 0],
    [1, 2],
    [1, 1],
  ]);
  expect([...historiesByUser(interactions, 2).order]).toEqual([1, 0, 2, 3]);
});

test("item counts and row selection", () => {
  const { interactions } = world([
    [0, 2, 1],
    [1, 2, 2],
    [1, 0, 3],
  ]);
  expect([...itemCounts(interactions, 4)]).toEqual([1, 0, 2, 0]);
  const picked = selectRows(interactions, [2, 0]);
  expect([...picked.item]).toEqual([0, 2]);
  expect([...picked.time!]).toEqual([3, 1]);
});

test("cold users lose all their events, others none", () => {
  fc.assert(
    fc.property(fc.integer({ min: 5, max: 40 }), fc.nat(), (users, seed) => {
      const data = grid(users, 3);
      const { train, heldOut, coldUsers } = splitColdUsers(data, { fraction: 0.2, seed });
      const cold = new Set(coldUsers);
      expect(cold.size).toBe(Math.round(0.2 * users));
      expect([...train.user].some((user) => cold.has(user))).toBe(false);
      expect([...heldOut.user].every((user) => cold.has(user))).toBe(true);
      expect(events(train).length + events(heldOut).length).toBe(users * 3);
    }),
    { seed: 1, numRuns: 30 },
  );
});

test("the same seed gives the same cold users, another seed others", () => {
  const choose = (seed: number) => [...splitColdUsers(grid(50, 2), { fraction: 0.2, seed }).coldUsers];
  expect(choose(1)).toEqual(choose(1));
  expect(choose(1)).not.toEqual(choose(2));
});

test("last-come takes the users whose first event is latest", () => {
  const data = world([
    [0, 0, 50],
    [0, 1, 99],
    [1, 0, 60],
    [2, 0, 10],
    [3, 0, 70],
  ]);
  const { coldUsers } = splitColdUsers(data, { fraction: 0.5, seed: 1, mode: "last-come" });
  expect([...coldUsers]).toEqual([1, 3]);
});

test("last-come without times, or nobody left, is an error", () => {
  const timeless = world([
    [0, 0],
    [1, 0],
  ]);
  expect(() => splitColdUsers(timeless, { fraction: 0.5, seed: 1, mode: "last-come" })).toThrow(
    /expected events with times, got none/,
  );
  expect(() => splitColdUsers(timeless, { fraction: 0.01, seed: 1 })).toThrow(/got 0.01 of 2/);
  expect(() => splitColdItems(timeless, { fraction: 1, seed: 1 })).toThrow(/got 1 of 1/);
});

test("cold items lose all their events", () => {
  const data = grid(4, 10);
  const { train, heldOut, coldItems } = splitColdItems(data, { fraction: 0.3, seed: 5 });
  expect(coldItems.length).toBe(3);
  expect(new Set(heldOut.item)).toEqual(new Set(coldItems));
  expect([...train.item].some((item) => coldItems.includes(item))).toBe(false);
  expect(heldOut.user.length).toBe(12);
});

test("the four states cross cold users with cold items", () => {
  const states = splitFourStates(grid(10, 10), { users: 0.2, items: 0.3, seed: 3 });
  const sizes = [states.warm, states.coldUser, states.coldItem, states.bothCold].map((s) => s.user.length);
  expect(sizes).toEqual([8 * 7, 2 * 7, 8 * 3, 2 * 3]);
  expect([...states.bothCold.user].every((user) => states.coldUsers.includes(user))).toBe(true);
  expect([...states.bothCold.item].every((item) => states.coldItems.includes(item))).toBe(true);
  expect([...states.coldUser.item].some((item) => states.coldItems.includes(item))).toBe(false);
});

test("a split in time holds out what is at or after the cut", () => {
  const data = world([
    [0, 0, 40],
    [0, 1, 10],
    [1, 0, 30],
    [1, 1, 20],
    [2, 1, 30],
  ]);
  const byFraction = splitInTime(data, { fraction: 0.4 });
  expect(byFraction.cut).toBe(30);
  expect([...byFraction.heldOut.time!]).toEqual([40, 30, 30]);
  expect([...splitInTime(data, { cut: 40 }).train.time!]).toEqual([10, 30, 20, 30]);
  expect(() => splitInTime(data, { cut: 41 })).toThrow(/got 5 before and 0 from 41 on/);
});

test("sizes of the random split, by hand", () => {
  const sizes = [1, 2, 3, 5, 9, 10, 11, 20, 25].map((count) => partSizes(count, [8, 1, 1]));
  expect(sizes).toEqual([
    [1, 0, 0],
    [1, 0, 1],
    [1, 1, 1],
    [3, 1, 1],
    [7, 1, 1],
    [8, 1, 1],
    [9, 1, 1],
    [16, 2, 2],
    [21, 2, 2],
  ]);
  expect(partSizes(5, [1, 0, 1])).toEqual([3, 0, 2]);
});

test("the random split shares out every event once, per user", () => {
  const data = grid(7, 20);
  const { train, valid, test: held } = splitRandom(data, { seed: 1 });
  expect([...events(train), ...events(valid), ...events(held)].sort((a, b) => a - b)).toEqual(
    events(data.interactions),
  );
  for (const [part, size] of [
    [train, 16],
    [valid, 2],
    [held, 2],
  ] as const) {
    expect([...itemCounts({ ...part, item: part.user }, 7)]).toEqual(new Array(7).fill(size));
  }
  expect(events(splitRandom(data, { seed: 2 }).test)).not.toEqual(events(held));
});

test("training data knows who is warm and has its own hash", () => {
  const data = grid(5, 4);
  const { train, coldUsers } = splitColdUsers(data, { fraction: 0.4, seed: 1 });
  const training = withTraining(data, train);
  expect(training.interactions).toBe(train);
  expect([...training.warmUsers, ...coldUsers].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4]);
  expect([...training.warmItems]).toEqual([0, 1, 2, 3]);
  expect(training.hash).not.toBe(data.hash);
  expect(withTraining(data, train).hash).toBe(training.hash);
});
