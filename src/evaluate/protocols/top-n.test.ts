import { expect, test } from "vitest";
import { checkerboard } from "../../../testing/worlds/checkerboard.ts";
import { tinyWorld } from "../../../testing/worlds/tiny.ts";
import { topN } from "./top-n.ts";

const world = checkerboard({ users: 30, items: 40, density: 0.8, seed: 3 });
const protocol = topN(world, { seed: 1 });
const valid = topN(world, { seed: 1, part: "valid" });

/** The items somebody gave at least 3, straight from the data. */
function likesOf(id: string): number[] {
  const { user, item, value } = world.interactions;
  const rows = [...user.keys()].filter((row) => world.users.ids[user[row]!] === id && value[row]! >= 3);
  return rows.map((row) => item[row]!).sort((a, b) => a - b);
}

const casesOf = ({ groups }: typeof protocol) => groups[0]?.cases ?? [];

test("everybody's likes fall apart into training, validation and test, 8:1:1", () => {
  expect(casesOf(protocol)).toHaveLength(30);
  casesOf(protocol).forEach(({ id, query, truth }, at) => {
    const tuning = casesOf(valid)[at];
    expect(tuning?.id).toBe(id);
    expect(tuning?.query).toEqual(query);
    const parts = [query.history.items, tuning?.truth.items ?? [], truth.items];
    expect(parts.flatMap((part) => [...part]).sort((a, b) => a - b)).toEqual(likesOf(id));
    // 12 to 19 likes: one for each tenth.
    expect([truth.items.length, tuning?.truth.items.length]).toEqual([1, 1]);
  });
});

test("training holds the support and nothing of the other two, nor any value below 3", () => {
  const pairs = new Set<string>();
  const { user, item, value } = protocol.train.interactions;
  user.forEach((row, at) => pairs.add(`${world.users.ids[row]}/${item[at]}`));
  expect(Math.min(...value)).toBeGreaterThanOrEqual(3);
  for (const { id, truth } of [...casesOf(protocol), ...casesOf(valid)]) {
    for (const asked of truth.items) expect(pairs.has(`${id}/${asked}`)).toBe(false);
  }
  expect(pairs.size).toBe(casesOf(protocol).reduce((sum, { query }) => sum + query.history.items.length, 0));
  expect(valid.train.hash).toBe(protocol.train.hash);
});

test("candidates are all used items but the person's own: the test also leaves out the validation tenth", () => {
  casesOf(protocol).forEach(({ query, truth, candidates }, at) => {
    const tuning = casesOf(valid)[at]!;
    expect(new Set(candidates).size).toBe(39 - query.history.items.length - tuning.truth.items.length);
    for (const item of truth.items) expect(candidates).toContain(item);
    for (const item of tuning.truth.items) expect(candidates).not.toContain(item);
    for (const item of query.history.items) expect(candidates).not.toContain(item);
    expect(new Set(tuning.candidates).size).toBe(39 - query.history.items.length);
  });
  expect(casesOf(protocol)[0]?.query.user).toBe(0);
});

test("from 3 on everything is a like; data that ends below is taken whole", () => {
  expect(protocol.scale.liked).toBe(3);
  const clicks = tinyWorld(
    [0, 1, 2, 3].map((item) => [0, item, 1] as const),
    {
      users: 1,
      items: 5,
      scale: { min: 0, max: 1, liked: 1 },
    },
  );
  const implicit = topN(clicks, { seed: 1 });
  expect(implicit.scale.liked).toBe(1);
  // Item 4 was never used by anybody: it is no candidate; two of the four are in training, one in validation.
  expect(casesOf(implicit)[0]?.candidates).toHaveLength(1);
});

test("seeds split otherwise, nothing to ask is refused", () => {
  const truths = (seed: number) => casesOf(topN(world, { seed })).map(({ truth }) => [...truth.items]);
  expect(truths(1)).toEqual(truths(1));
  expect(truths(2)).not.toEqual(truths(1));
  const single = tinyWorld([[0, 0, 5]], { users: 1, items: 1 });
  expect(() => topN(single, { seed: 1 })).toThrow(/top-n on tiny: expected people/);
});
