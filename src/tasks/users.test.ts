import { expect, test } from "vitest";
import { checkerboard } from "../../testing/worlds/checkerboard.ts";
import { createRng } from "../base/rng.ts";
import { createDataset, type Dataset } from "../data/dataset.ts";
import { selectEvents } from "./source.ts";
import { featuresOf, type UserTaskOptions, userTasks } from "./users.ts";

/** Ann: five events, not in order of time, likes the items 1, 2 and 4. Bob: one liked event. Cid: none. */
const world: Dataset = createDataset({
  name: "toy",
  users: {
    ids: ["ann", "bob", "cid"],
    columns: {
      job: { kind: "categorical", values: ["cook", undefined, "smith"] },
      age: { kind: "numeric", values: Float64Array.of(31, Number.NaN, 8) },
    },
  },
  items: { ids: ["i0", "i1", "i2", "i3", "i4"], columns: {} },
  interactions: {
    user: Int32Array.of(0, 0, 1, 0, 0, 0),
    item: Int32Array.of(3, 1, 0, 0, 4, 2),
    value: Float32Array.of(2, 5, 4, 1, 4, 5),
    time: Float64Array.of(400, 200, 50, 100, 500, 300),
  },
  scale: { min: 1, max: 5, liked: 4 },
  synthetic: true,
});
const inTime: UserTaskOptions = { order: "time", query: "liked", shots: [0, 1, 3, 4] };

test("in time: the support is the first events, the query what was liked later", () => {
  const task = userTasks(world, inTime).build({ subject: 0, shots: 3, seed: "1" });
  expect(task).toMatchObject({ id: "ann", user: 0, features: { job: "cook", age: 31 } });
  expect(task.support).toEqual({
    items: Int32Array.of(0, 1, 2),
    values: Float32Array.of(1, 5, 5),
    times: Float64Array.of(100, 200, 300),
  });
  expect([...task.query.items]).toEqual([4]);
  expect([...task.own!.items]).toEqual([0, 1, 2, 3, 4]);
  expect(task.time).toBe(300);
});

test("without support the query is everything that was liked, asked at the first event", () => {
  const task = userTasks(world, inTime).build({ subject: 0, shots: 0, seed: "1" });
  expect([...task.query.items]).toEqual([1, 2, 4]);
  expect(task.support.items).toHaveLength(0);
  expect(task.time).toBe(100);
});

test("a person is a task when something is left to ask about", () => {
  const { users } = userTasks(world, inTime);
  expect([...users]).toEqual([0, 1]);
  expect([...userTasks(world, { ...inTime, shots: [1] }).users]).toEqual([0]);
  // Four events leave one; ann's fifth is liked, so four shots are feasible and five are not.
  expect([...userTasks(world, { ...inTime, shots: [5] }).users]).toEqual([]);
});

test("without times nothing says which events were first: they are asked about at random, whatever order the file has", () => {
  const { time: _, ...timeless } = world.interactions;
  const of = (order: UserTaskOptions["order"]) =>
    userTasks({ ...world, interactions: timeless }, { ...inTime, order });
  const supports = Array.from({ length: 20 }, (_, seed) => {
    const config = { subject: 0, shots: 2, seed: String(seed) };
    expect(of("time").build(config)).toEqual(of("random").build(config));
    return of("time").build(config).support.items.sort().join();
  });
  expect(new Set(supports).size).toBeGreaterThan(4);
  expect([...of("time").users]).toEqual([...of("random").users]);
});

test("at random: every event is in the support or in the query, and the seed alone decides which", () => {
  const tasks = userTasks(world, { order: "random", query: "all", shots: [2] });
  const [a, same] = [0, 0].map(() => tasks.build({ subject: 0, shots: 2, seed: "7" }));
  expect(same).toEqual(a);
  expect([...a!.support.items, ...a!.query.items].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4]);
  expect(a!.support.items).toHaveLength(2);
  expect(a!.time).toBeUndefined();
  const others = Array.from({ length: 20 }, (_, seed) =>
    tasks.build({ subject: 0, shots: 2, seed: `${seed}` }),
  );
  expect(new Set(others.map((task) => task.support.items.join())).size).toBeGreaterThan(5);
});

test("values stay with their items", () => {
  const tasks = userTasks(checkerboard(), { order: "random", query: "all", shots: [3] });
  for (const { user, support, query } of tasks.sample(tasks.users, createRng(1)).map(tasks.build)) {
    for (const { items, values } of [support, query])
      items.forEach((item, i) => expect(values[i]).toBe((user! + item) % 2 === 0 ? 5 : 1));
  }
});

test("maxQuery cuts the query, `items` leaves events out altogether", () => {
  expect([
    ...userTasks(world, { ...inTime, maxQuery: 2 }).build({ subject: 0, shots: 0, seed: "" }).query.items,
  ]).toEqual([1, 2]);
  const only = Uint8Array.of(1, 1, 0, 1, 0);
  const tasks = userTasks(world, { ...inTime, items: only });
  expect([...tasks.historyOf(0).items]).toEqual([0, 1, 3]);
  expect([...tasks.build({ subject: 0, shots: 0, seed: "" }).query.items]).toEqual([1]);
});

test("sampled descriptions are feasible, reproducible and use every size", () => {
  const tasks = userTasks(world, inTime);
  const draw = (seed: number): string => JSON.stringify(tasks.sample(tasks.users, createRng(seed)));
  expect(draw(1)).toBe(draw(1));
  const shots = Array.from({ length: 60 }, (_, seed) => tasks.sample(tasks.users, createRng(seed)));
  expect(new Set(shots.map(([ann]) => ann!.shots))).toEqual(new Set([0, 1, 3, 4]));
  expect(new Set(shots.map(([, bob]) => bob!.shots))).toEqual(new Set([0]));
});

test("featuresOf leaves missing values out", () => {
  expect(featuresOf(world.users, 1)).toEqual({});
  expect(featuresOf(world.users, 2)).toEqual({ job: "smith", age: 8 });
});

test("selectEvents takes rows in the order asked for, without times where there are none", () => {
  const history = { items: Int32Array.of(7, 8, 9), values: Float32Array.of(1, 2, 3) };
  expect(selectEvents(history, [2, 0])).toEqual({
    items: Int32Array.of(9, 7),
    values: Float32Array.of(3, 1),
  });
});
