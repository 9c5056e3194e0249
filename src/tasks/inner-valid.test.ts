import { expect, test } from "vitest";
import { checkerboard } from "../../testing/worlds/checkerboard.ts";
import { withTraining } from "../data/splits/training.ts";
import { assertHidden, type InnerValidOptions, splitInnerValid } from "./inner-valid.ts";

const world = checkerboard({ users: 60 });
const train = withTraining(world, world.interactions);
const options: InnerValidOptions = {
  order: "random",
  query: "all",
  shots: [0, 2, 5],
  maxQuery: 4,
  people: 0.5,
  coldItems: 0.2,
  seed: 4,
};
const has = ({ user, item }: typeof world.interactions, u: number, i: number): boolean =>
  user.some((other, row) => other === u && item[row] === i);

test("training holds every support of warm items and no answer; cold tasks have items that training never saw", () => {
  const { train: rest, tasks } = splitInnerValid(train, options);
  const isWarm = (item: number): boolean => rest.warmItems.includes(item);
  const cold = tasks.filter(({ query }) => ![...query.items].some(isWarm));
  expect(tasks.length - cold.length).toBe(30);
  expect(cold.length).toBeGreaterThan(20);
  for (const { user, support, query } of tasks) {
    for (const item of query.items) expect(has(rest.interactions, user!, item)).toBe(false);
    for (const item of support.items)
      expect(has(rest.interactions, user!, item)).toBe(isWarm(query.items[0]!));
  }
  expect(rest.hash).not.toBe(train.hash);
  expect(splitInnerValid(train, options).tasks).toEqual(tasks);
});

test("in the order of time nothing after the support is learned from", () => {
  const { train: rest, tasks } = splitInnerValid(train, {
    ...options,
    order: "time",
    query: "liked",
    coldItems: 0,
  });
  const { user, time } = rest.interactions;
  for (const task of tasks) {
    const last = Math.max(...task.own!.times!.slice(0, task.support.items.length), 0);
    const own = time!.filter((_, row) => user[row] === task.user);
    expect(Math.max(...own, 0)).toBeLessThanOrEqual(last);
  }
});

test("an answer that training holds is named", () => {
  const { tasks } = splitInnerValid(train, options);
  const item = world.items.ids[tasks[0]!.query.items[0]!];
  expect(() => assertHidden(train, tasks)).toThrow(
    `innerValid: expected queries that training does not hold, got what u${tasks[0]!.user} thinks of ${item} in both`,
  );
});
