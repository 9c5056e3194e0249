import { expect, test } from "vitest";
import { checkerboard } from "../../../testing/worlds/checkerboard.ts";
import { createRng } from "../../base/rng.ts";
import type { History } from "../../data/query.ts";
import type { Task } from "../task.ts";
import { userTasks } from "../users.ts";
import { mixPeople } from "./mix.ts";
import { buildInvented, describeInvented, isInvented } from "./pool.ts";
import { addPseudoLabels } from "./pseudo.ts";
import { maskItems, subsampleSupport } from "./support.ts";
import { type TaskTransform, transformed } from "./transform.ts";
import { classWeights, popularityWeights, weighQuery } from "./weights.ts";

const world = checkerboard({ users: 40 });
const tasks = userTasks(world, { order: "random", query: "all", shots: [5, 8], maxQuery: 6 });
const some = tasks.sample(tasks.users, createRng(3)).map(tasks.build);
const range = world.scale.max - world.scale.min;
const everybody = { people: tasks.users, historyOf: tasks.historyOf, range };
const taught = new Map(
  Array.from(tasks.users, (user): [number, History] => {
    const { items } = tasks.historyOf(user);
    const unseen = Int32Array.from({ length: 40 }, (_, i) => i).filter((i) => !items.includes(i));
    return [user, { items: unseen, values: new Float32Array(unseen.length).fill(3) }];
  }),
);
const all: Readonly<Record<string, TaskTransform>> = {
  subsample: subsampleSupport(1),
  mask: maskItems(0.5),
  mix: mixPeople(1, everybody),
  pseudo: addPseudoLabels(taught, { count: 4, weight: 0.25 }),
  weigh: weighQuery((item) => 1 + item),
};

test.each(Object.entries(all))(
  "%s: no answer gets into the support, the seed decides, nothing is changed in place",
  (name, transform) => {
    const before = structuredClone(some);
    const out = some.map((task, i) => transformed(task, [[name, transform]], String(i)));
    expect(some).toEqual(before);
    out.forEach(({ support, query }, i) => {
      for (const item of some[i]!.query.items) {
        expect(support.items).not.toContain(item);
        expect(query.items).toContain(item);
      }
      for (const { items, ...columns } of [support, query])
        for (const column of Object.values(columns)) expect(column).toHaveLength(items.length);
    });
    expect(some.map((task, i) => transformed(task, [[name, transform]], String(i)))).toEqual(out);
    expect(out).not.toEqual(some);
  },
);

test("leaving one transformation out leaves the numbers of the others as they were", () => {
  const two = some.map((task) =>
    transformed(
      task,
      [
        ["a", all["mask"]!],
        ["b", all["subsample"]!],
      ],
      "7",
    ),
  );
  const one = some.map((task) => transformed(task, [["b", all["subsample"]!]], "7"));
  expect(two.map(({ support }) => support.items)).toEqual(one.map(({ support }) => support.items));
});

test("sub-sampling keeps the order, and every size comes up equally often", () => {
  const task = some.find(({ support }) => support.items.length === 5)!;
  const sizes = new Int32Array(6);
  for (let seed = 0; seed < 6000; seed++) {
    const { items } = subsampleSupport(1)(task, createRng(seed)).support;
    const places = Array.from(items, (item) => task.support.items.indexOf(item));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    sizes[items.length]!++;
  }
  for (const count of sizes) expect(Math.abs(count - 1000)).toBeLessThan(120);
});

test("a share of nothing changes nothing; a share of a half changes half", () => {
  for (const task of some) {
    expect(subsampleSupport(0)(task, createRng(1))).toBe(task);
    expect(mixPeople(0, everybody)(task, createRng(1))).toBe(task);
    expect(maskItems(0)(task, createRng(1)).support.unknown).toEqual(
      new Uint8Array(task.support.items.length),
    );
  }
  const masked = some.map((task, i) => maskItems(0.5)(task, createRng(i)).support.unknown!);
  const hidden = masked.flatMap((flags) => [...flags]);
  expect(hidden.reduce((a, b) => a + b, 0) / hidden.length).toBeCloseTo(0.5, 1);
});

test("people are mixed with those of their own colour, whose values are the same", () => {
  for (const [i, task] of some.entries()) {
    const mixed = mixPeople(1, everybody)(task, createRng(i));
    const colour = task.user! % 2;
    const good = (item: number): number => ((item + colour) % 2 === 0 ? 5 : 1);
    for (const { items, values, weights } of [mixed.support, mixed.query]) {
      expect([...values]).toEqual(Array.from(items, good));
      expect(Math.min(...weights!)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...weights!)).toBeLessThanOrEqual(1);
    }
    expect(mixed.support.items.length).toBeLessThanOrEqual(2 * task.support.items.length);
    expect(new Set(mixed.support.items).size).toBe(mixed.support.items.length);
  }
});

test("mixing by hand: shared items blend, one's own keep their value and count less", () => {
  const partner: History = {
    items: Int32Array.of(1, 2, 3, 9),
    values: Float32Array.of(5, 1, 4, 2),
    times: Float64Array.of(10, 20, 30, 99),
  };
  const task: Task = {
    id: "me",
    user: 0,
    time: 50,
    support: {
      items: Int32Array.of(1, 2, 7),
      values: Float32Array.of(5, 2, 3),
      times: Float64Array.of(15, 25, 40),
    },
    query: { items: Int32Array.of(3, 8), values: Float32Array.of(2, 5), times: Float64Array.of(60, 70) },
  };
  const mix = mixPeople(1, { people: Int32Array.of(1), historyOf: () => partner, range: 4 });
  const { support, query } = mix(task, createRng(2));
  const own = query.weights![1]!;
  expect(own).toBeGreaterThanOrEqual(0.5);
  expect(own).toBeLessThan(1);
  expect([...support.items]).toEqual([1, 2, 7]);
  expect([...support.weights!]).toEqual([1, 1, own]);
  expect(support.values[1]).toBeCloseTo(own * 2 + (1 - own) * 1, 5);
  expect(query.values[0]).toBeCloseTo(own * 2 + (1 - own) * 4, 5);
  expect([...query.times!]).toEqual([60, 70]);
});

test("nobody is mixed with somebody of the opposite opinion", () => {
  const task = some[0]!;
  const opposite = tasks.users.filter((user) => user % 2 !== task.user! % 2);
  expect(mixPeople(1, { ...everybody, people: opposite })(task, createRng(1))).toBe(task);
});

test("pseudo-labels come first, weigh less, and only for pairs nobody observed", () => {
  for (const task of some) {
    const { query } = all["pseudo"]!(task, createRng(1));
    const added = query.items.length - task.query.items.length;
    expect(added).toBe(4);
    expect([...query.weights!]).toEqual([...Array(4).fill(0.25), ...Array(task.query.items.length).fill(1)]);
    expect(query.items.slice(added)).toEqual(task.query.items);
    for (const item of query.items.slice(0, added))
      expect(tasks.historyOf(task.user!).items).not.toContain(item);
  }
});

test("a label of what somebody observed is never used, whoever gave it", () => {
  const task = some[0]!;
  const whole: History = {
    items: Int32Array.from({ length: 40 }, (_, i) => i),
    values: new Float32Array(40),
  };
  const add = addPseudoLabels(new Map([[task.user!, whole]]), { count: 40, weight: 1 });
  const { query } = add(task, createRng(1));
  const seen = task.support.items.length + task.query.items.length;
  expect(query.items).toHaveLength(40 - seen + task.query.items.length);
  expect(new Set(query.items).size).toBe(query.items.length);
  for (const item of task.support.items) expect(query.items).not.toContain(item);
});

test("weights by popularity and class: inverse, clipped, one in the mean over events", () => {
  const counts = [100, 10, 1, 0];
  const weights = popularityWeights(counts, { power: 1, clip: 20 });
  const mean = counts.reduce((sum, n, i) => sum + n * weights[i]!, 0) / 111;
  expect(mean).toBeCloseTo(1, 5);
  expect([...weights].map((w) => w / weights[0]!)).toEqual([1, 10, 20, 20].map((w) => expect.closeTo(w, 4)));
  expect([...popularityWeights(counts, { power: 0, clip: 20 })]).toEqual([1, 1, 1, 1]);
  const byClass = classWeights(Float32Array.of(5, 5, 5, 1), { power: 1, clip: 10 });
  // 3 a + b = 4 with b = 3 a
  expect([byClass(5), byClass(1), byClass(3)]).toEqual([expect.closeTo(2 / 3, 5), expect.closeTo(2, 5), 1]);
});

test("weighing multiplies what a query weighs already", () => {
  const task = some[0]!;
  const twice = weighQuery((_, value) => value)(
    weighQuery((item) => 1 + item)(task, createRng(0)),
    createRng(0),
  );
  expect([...twice.query.weights!]).toEqual(
    Array.from(task.query.items, (item, i) => (1 + item) * task.query.values[i]!),
  );
  expect(twice.support).toBe(task.support);
});

test("invented people become tasks of nobody in the table", () => {
  const pool = [
    tasks.historyOf(0),
    tasks.historyOf(1),
    { items: Int32Array.of(1), values: Float32Array.of(1) },
  ];
  const configs = describeInvented(pool, { count: 9, shots: [2, 3], rng: createRng(1) });
  expect(configs).toHaveLength(2);
  expect(configs.every(isInvented)).toBe(true);
  for (const config of configs) {
    const task = buildInvented(pool, config, 4);
    expect(task.user).toBeUndefined();
    expect([task.support.items.length, task.query.items.length]).toEqual([config.shots, 4]);
    expect(new Set([...task.support.items, ...task.query.items]).size).toBe(config.shots + 4);
    expect(buildInvented(pool, config, 4)).toEqual(task);
  }
});
