import { expect, test } from "vitest";
import { checkerboard } from "../../testing/worlds/checkerboard.ts";
import { createRng } from "../base/rng.ts";
import { createDataset, type Dataset } from "../data/dataset.ts";
import { domainTasks } from "./domains.ts";
import { itemTasks } from "./items.ts";
import type { SourceOptions } from "./source.ts";

/** Alien: four events, not in order of time. Brazil: one. Cube: none. */
const world: Dataset = createDataset({
  name: "toy",
  users: {
    ids: ["ann", "bob", "cid", "dan"],
    columns: { land: { kind: "categorical", values: ["nl", "be", undefined, "nl"] } },
  },
  items: {
    ids: ["alien", "brazil", "cube"],
    columns: {
      genre: { kind: "multi", values: [["horror", "space"], ["space"], []] },
      year: { kind: "numeric", values: Float64Array.of(1979, 1985, 1997) },
    },
  },
  interactions: {
    user: Int32Array.of(3, 0, 1, 2, 0),
    item: Int32Array.of(0, 0, 0, 0, 1),
    value: Float32Array.of(2, 5, 4, 1, 3),
    time: Float64Array.of(400, 200, 300, 100, 50),
  },
  scale: { min: 1, max: 5, liked: 4 },
  synthetic: true,
});
const all: SourceOptions = { order: "time", query: "all", shots: [0, 2] };

test("an item's support says who came first, its query asks about the others", () => {
  const task = itemTasks(world, all).build({ subject: 0, shots: 2, seed: "1" });
  expect(task).toMatchObject({ id: "alien", item: 0, features: { genre: ["horror", "space"], year: 1979 } });
  expect(task.user).toBeUndefined();
  expect(task.support).toEqual({
    items: Int32Array.of(0, 0),
    values: Float32Array.of(1, 5),
    times: Float64Array.of(100, 200),
    users: Int32Array.of(2, 0),
  });
  expect([...task.query.users!]).toEqual([1, 3]);
  expect([...task.query.values]).toEqual([4, 2]);
  expect([...task.own!.users!]).toEqual([2, 0, 1, 3]);
});

test("an item is a task when somebody is left to ask about and it has events enough", () => {
  expect([...itemTasks(world, all).subjects]).toEqual([0, 1]);
  expect([...itemTasks(world, { ...all, minEvents: 2 }).subjects]).toEqual([0]);
  expect([...itemTasks(world, { ...all, shots: [4] }).subjects]).toEqual([]);
  expect([...itemTasks(world, { ...all, query: "liked", shots: [2] }).subjects]).toEqual([0]);
});

test("users stay with their values, and nobody is in support and query", () => {
  const board = checkerboard({ users: 80, items: 20 });
  const tasks = itemTasks(board, { order: "random", query: "all", shots: [3], maxQuery: 5, minEvents: 8 });
  const built = tasks.sample(tasks.subjects, createRng(1)).map(tasks.build);
  expect(built.length).toBeGreaterThan(10);
  for (const { item, support, query } of built) {
    expect([support.items.length, query.items.length]).toEqual([3, 5]);
    expect(new Set([...support.users!, ...query.users!]).size).toBe(8);
    for (const { users, values } of [support, query])
      users!.forEach((user, i) => expect(values[i]).toBe((user + item!) % 2 === 0 ? 5 : 1));
  }
});

test("a domain is every event whose item has the value, oldest first, with users and items", () => {
  const tasks = domainTasks(world, { ...all, of: "items", column: "genre" });
  expect(tasks.names).toEqual(["horror", "space"]);
  const space = tasks.build({ subject: 1, shots: 2, seed: "1" });
  expect(space).toMatchObject({ id: "space", features: { genre: "space" } });
  expect([space.user, space.item]).toEqual([undefined, undefined]);
  expect([...space.support.users!]).toEqual([0, 2]);
  expect([...space.support.items]).toEqual([1, 0]);
  expect([...space.query.users!]).toEqual([0, 1, 3]);
});

test("a domain of users; rows without a value belong nowhere; rare domains are left out", () => {
  const byLand = { ...all, of: "users", column: "land" } as const;
  const tasks = domainTasks(world, byLand);
  expect(tasks.names).toEqual(["be", "nl"]);
  expect([...tasks.historyOf(1).users!]).toEqual([0, 0, 3]);
  expect(domainTasks(world, { ...byLand, minEvents: 2 }).names).toEqual(["nl"]);
});

test.each([
  ["colour", "none of that name"],
  ["year", "one of kind numeric"],
])("no domains by %s", (column, got) => {
  expect(() => domainTasks(world, { ...all, of: "items", column })).toThrow(
    `domain tasks by "${column}": expected an attribute of categories, got ${got}`,
  );
});
