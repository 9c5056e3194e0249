import { expect, test } from "vitest";
import { checkerboard } from "../../../testing/worlds/checkerboard.ts";
import { tinyWorld } from "../../../testing/worlds/tiny.ts";
import { coldItems } from "./cold-items.ts";

const world = checkerboard({ users: 30, items: 41, density: 0.6, seed: 3 });
const protocol = coldItems(world, { seed: 1, draw: 2 });
const [alone, among] = protocol.groups;
const warm = new Set(protocol.train.interactions.item);
const cold = [...Array(40).keys()].filter((item) => !warm.has(item));

function eventsOf(id: string): Map<number, number> {
  const { user, item, value } = world.interactions;
  const rows = [...user.keys()].filter((row) => world.users.ids[user[row]!] === id);
  return new Map(rows.map((row) => [item[row]!, value[row]!]));
}

test("a fifth of the used items has no event in training; everybody's other events are all there", () => {
  expect(cold).toHaveLength(8);
  const held = [...world.interactions.item].filter((item) => cold.includes(item)).length;
  expect(protocol.train.interactions.item.length).toBe(world.interactions.item.length - held);
  expect(protocol.train.warmItems).toHaveLength(32);
});

test("asked is what people did with cold items, known are all their events with warm ones", () => {
  expect([alone?.state, among?.state, alone?.draw]).toEqual(["cold-item", "all-items", 2]);
  expect(alone?.cases.length).toBeGreaterThan(20);
  for (const group of protocol.groups) {
    for (const { id, query, truth } of group.cases) {
      const own = [...eventsOf(id)];
      const sorted = (items: Iterable<number>) => [...items].sort((a, b) => a - b);
      const keys = (keep: (item: number) => boolean) => sorted(own.map(([item]) => item).filter(keep));
      expect(sorted(truth.items)).toEqual(keys((item) => cold.includes(item)));
      expect(sorted(query.history.items)).toEqual(keys((item) => warm.has(item)));
      truth.items.forEach((item, at) => expect(truth.values[at]).toBe(eventsOf(id).get(item)));
      expect(world.users.ids[query.user ?? -1]).toBe(id);
      expect(truth.values.some((value) => value >= 4)).toBe(true);
    }
  }
});

test("candidates are the cold items alone, or all items that the person has not used; never the unused one", () => {
  for (const { candidates } of alone?.cases ?? []) expect([...candidates]).toEqual(cold);
  for (const { candidates, query } of among?.cases ?? []) {
    const used = new Set(query.history.items);
    expect([...candidates]).toEqual([...Array(40).keys()].filter((item) => !used.has(item)));
  }
});

test("who has cold events only is asked without a history and is no user of the training data", () => {
  const events = [
    [0, 0, 5],
    [1, 0, 5],
    [1, 1, 5],
    [1, 2, 5],
    [1, 3, 5],
    [1, 4, 5],
  ] as const;
  const tiny = tinyWorld(events, { users: 2, items: 5 });
  const made = Array.from({ length: 20 }, (_, seed) => coldItems(tiny, { seed }));
  const strict = made.find(({ train }) => !train.warmItems.includes(0));
  const stranger = strict?.groups[0]?.cases.find(({ id }) => id === "u0");
  expect(stranger?.query.history.items).toHaveLength(0);
  expect(stranger?.query.user).toBeUndefined();
  expect(strict?.train.warmUsers).toEqual(Int32Array.of(1));
});
