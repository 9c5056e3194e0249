import { expect, test } from "vitest";
import { checkerboard, checkerboardValue } from "../../../testing/worlds/checkerboard.ts";
import { crossValidation } from "./cross-validation.ts";
import { generic } from "./generic.ts";
import type { Protocol } from "./protocol.ts";

const world = checkerboard({ users: 43, items: 40, density: 0.6, seed: 3 });
const full = [0, 1, 2, 3].map((fold) => crossValidation(world, { seed: 1, folds: 4, fold, shots: [0, 3] }));
const rated = [0, 1, 2, 3].map((fold) =>
  crossValidation(world, { seed: 1, folds: 4, fold, candidates: "query set", shots: [0, 5, "all"] }),
);

function idsOf(protocol: Protocol, at = 0): string[] {
  return protocol.groups[at]?.cases.map(({ id }) => id) ?? [];
}

test("over all folds everybody is asked once, by a model that never saw them", () => {
  const asked = full.flatMap((protocol) => idsOf(protocol));
  expect(asked).toHaveLength(43);
  expect(new Set(asked).size).toBe(43);
  for (const protocol of [...full, ...rated]) {
    const trained = new Set(Array.from(protocol.train.interactions.user, (row) => world.users.ids[row]));
    expect(idsOf(protocol).filter((id) => trained.has(id))).toEqual([]);
    expect(trained.size).toBe(43 - idsOf(full[protocol.groups[0]?.draw ?? 0] as Protocol).length);
    expect(protocol.groups[0]?.cases[0]?.query.user).toBeUndefined();
  }
});

test("full: support and truth are all of a person's events, without times, in an order that is not theirs", () => {
  for (const { id, query, truth } of full[0]?.groups[1]?.cases ?? []) {
    const user = world.users.ids.indexOf(id);
    const own = [...world.interactions.user.keys()].filter((row) => world.interactions.user[row] === user);
    const all = [...query.history.items, ...truth.items].sort((a, b) => a - b);
    expect(all).toEqual(own.map((row) => world.interactions.item[row]!).sort((a, b) => a - b));
    expect(query.history.items).toHaveLength(3);
    expect([query.time, query.history.times]).toEqual([undefined, undefined]);
    for (const { items, values } of [query.history, truth]) {
      expect([...values]).toEqual(Array.from(items, (item) => checkerboardValue(user, item)));
    }
  }
});

test("query set: ten ratings are asked, the same at every number of shots", () => {
  const groups = rated[1]?.groups ?? [];
  expect(groups.map(({ shots, draw }) => [shots, draw])).toEqual([
    [0, 1],
    [5, 1],
    ["all", 1],
  ]);
  expect(idsOf(rated[1] as Protocol).length).toBeGreaterThan(5);
  groups[0]?.cases.forEach(({ truth, candidates }, at) => {
    const [few, all] = [groups[1]?.cases[at], groups[2]?.cases[at]];
    expect(truth.items).toHaveLength(10);
    expect([candidates, few?.truth, all?.truth]).toEqual([truth.items, truth, truth]);
    expect(few?.query.history.items).toEqual(all?.query.history.items.slice(0, 5));
    expect([...(all?.query.history.items ?? [])].filter((item) => truth.items.includes(item))).toEqual([]);
  });
});

test("wrong folds are refused", () => {
  expect(() => crossValidation(world, { seed: 1, folds: 4, fold: 4 })).toThrow(/fold 4 of 4/);
  expect(() => crossValidation(world, { seed: 1, folds: 44, fold: 0 })).toThrow(/44 people/);
});

test("generic: with times the rules of protocol 6, without a random support under another name", () => {
  const timed = generic(world, { seed: 1, shots: [0, 2] });
  expect([timed.name, timed.groups.map(({ shots }) => shots)]).toEqual(["generic-in-time", [0, 2]]);
  for (const { query, truth } of timed.groups[1]?.cases ?? []) {
    expect(Math.max(...(query.history.times ?? []))).toBeLessThan(Math.min(...(truth.times ?? [])));
  }
  const { user, item, value } = world.interactions;
  const timeless = generic({ ...world, interactions: { user, item, value } }, { seed: 1, shots: [0, 2] });
  expect(timeless.name).toBe("generic-random-support");
  expect(idsOf(timeless)).toEqual(idsOf(timed));
  const [none, two] = timeless.groups;
  expect(two?.cases.length).toBeGreaterThan(5);
  for (const { id, query, truth } of two?.cases ?? []) {
    expect(query.time).toBeUndefined();
    const all = none?.cases.find((one) => one.id === id)?.truth.items ?? [];
    expect([...query.history.items, ...truth.items]).toEqual([...all]);
    expect([...all]).not.toEqual([...all].sort((a, b) => a - b));
  }
  expect(() => generic(world, { seed: 1, minLikes: 1000 })).toThrow(/1000 likes in training, got none/);
});
