import { expect, test } from "vitest";
import { checkerboard } from "../../../testing/worlds/checkerboard.ts";
import { coldBoth } from "./cold-both.ts";

const world = checkerboard({ users: 60, items: 41, density: 0.6, seed: 3 });
const protocol = coldBoth(world, { seed: 1, shots: 6 });
const { interactions } = protocol.train;
const [warmItems, warmUsers] = [new Set(interactions.item), new Set(interactions.user)];
const userRow = (id: string): number => world.users.ids.indexOf(id);
const eventsOf = (id: string): number[] => {
  const { user, item } = world.interactions;
  return [...user.keys()].filter((row) => user[row] === userRow(id)).map((row) => item[row]!);
};

test("a fifth of the people and of the items has no event in training, the others have all they share", () => {
  expect([warmItems.size, warmUsers.size]).toEqual([32, 48]);
  const { user, item } = world.interactions;
  const both = [...user.keys()].filter((row) => warmItems.has(item[row]!) && warmUsers.has(user[row]!));
  expect(interactions.item.length).toBe(both.length);
});

test("known are a cold person's first events on warm items; asked are later ones, or those on cold items", () => {
  expect(protocol.groups.map(({ state }) => state)).toEqual(["cold-user", "both-cold"]);
  for (const { state, cases } of protocol.groups) {
    expect(cases.length).toBeGreaterThan(8);
    for (const { id, query, truth, candidates } of cases) {
      expect(warmUsers.has(userRow(id))).toBe(false);
      const [warm, cold] = [true, false].map((is) => eventsOf(id).filter((i) => warmItems.has(i) === is));
      expect(query.history.items).toHaveLength(Math.min(6, Math.floor(warm!.length / 2)));
      const known = new Set(query.history.items);
      const asked = state === "both-cold" ? cold! : warm!.filter((item) => !known.has(item));
      expect(new Set(truth.items)).toEqual(new Set(asked));
      expect(candidates.every((item) => warmItems.has(item) === (state === "cold-user"))).toBe(true);
      expect(candidates.some((item) => known.has(item))).toBe(false);
    }
  }
});

test("fewer people are spread over all of them", () => {
  const few = coldBoth(world, { seed: 1, shots: 6, people: 4 });
  const ids = (of: typeof protocol): string[] => of.groups[0]!.cases.map(({ id }) => id);
  expect(ids(few)).toHaveLength(4);
  expect(ids(protocol)).toEqual(expect.arrayContaining(ids(few)));
});
