import { expect, test } from "vitest";
import { shelvesWorld } from "../../../testing/worlds/shelves.ts";
import { createDataset } from "../../data/dataset.ts";
import { coldDomains } from "./cold-domains.ts";

const world = shelvesWorld();
const protocol = coldDomains(world, { seed: 1, shots: [0, 5, 20], maxPairs: 40 });
const shelfOf = (item: number): string => `s${Math.floor(item / 6)}`;

test("a fifth of the domains is cold: none of their events trains, every other does", () => {
  const cold = new Set(protocol.groups[0]!.cases.map(({ id }) => id));
  expect(cold.size).toBe(6);
  const trained = Array.from(protocol.train.interactions.item, shelfOf);
  expect(trained).toHaveLength(24 * 80);
  expect(trained.some((shelf) => cold.has(shelf))).toBe(false);
});

test("supports are nested, of the domain, and judged on the same other events", () => {
  expect(protocol.groups.map(({ state, shots }) => [state, shots])).toEqual([
    ["cold", 0],
    ["after-5", 5],
    ["after-20", 20],
  ]);
  protocol.groups[2]!.cases.forEach(({ id, query, pairs, values }, at) => {
    expect(query.history.items).toHaveLength(20);
    expect(query.history.users).toHaveLength(20);
    expect(pairs.items).toHaveLength(40);
    for (const item of [...query.history.items, ...pairs.items]) expect(shelfOf(item)).toBe(id);
    const likesRed = world.likesRed[Number(id.slice(1))]!;
    values.forEach((value, i) => expect(value >= 4).toBe((pairs.items[i]! % 2 === 0) === likesRed));
    for (const { cases, shots } of protocol.groups) {
      expect(cases[at]!.pairs).toEqual(pairs);
      expect([...cases[at]!.query.history.items]).toEqual([...query.history.items].slice(0, shots));
    }
  });
});

test("an item of a cold and of a warm domain is nobody's to learn from", () => {
  const { hash: _, ...parts } = world;
  const both = world.items.ids.map((_, i) => [shelfOf(i), i % 2 === 0 ? "even" : "odd"]);
  const items = { ...world.items, columns: { shelf: { kind: "multi", values: both } } } as const;
  const mixed = coldDomains(createDataset({ ...parts, items }), { seed: 1, shots: [0], fraction: 0.05 });
  const cold = new Set(mixed.groups[0]!.cases.map(({ id }) => id));
  expect(cold.size).toBe(2);
  for (const item of mixed.train.interactions.item)
    for (const domain of both[item]!) expect(cold.has(domain)).toBe(false);
});

test("other seeds, other domains; what cannot be split is refused", () => {
  const ids = (seed: number): string[] =>
    coldDomains(world, { seed, shots: [0] }).groups[0]!.cases.map(({ id }) => id);
  expect(ids(1)).toEqual(ids(1));
  expect(ids(2)).not.toEqual(ids(1));
  expect(() => coldDomains(world, { seed: 1, shots: [79] })).toThrow("got 0 cold of 0");
  expect(() => coldDomains(world, { seed: 1, by: "size" })).toThrow("There are shelf, colour");
});
