import { expect, test } from "vitest";
import { type TinyEvent, tinyWorld } from "../../testing/worlds/tiny.ts";
import { assemble, fitCatalogue, LEVELS, levelOf } from "./catalogue.ts";

const genres = { kind: "multi", values: [["war"], ["war", "love"], ["love"], ["opera"]] } as const;
/** Item 0 has three events, two of them likes; item 1 two; item 2 one; item 3 none. */
const events: TinyEvent[] = [
  [0, 0, 5],
  [1, 0, 4],
  [2, 0, 1],
  [0, 1, 2],
  [1, 1, 2],
  [2, 2, 5],
];
const world = tinyWorld(events, { users: 3, items: 4, itemColumns: { genres } });

test("warm items have enough events, or enough of those that count", () => {
  expect([...fitCatalogue(world, { minEvents: 1 }).warm]).toEqual([0, 1, 2]);
  expect([...fitCatalogue(world, { minEvents: 2 }).warm]).toEqual([0, 1]);
  expect([...fitCatalogue(world, { minEvents: 2, atLeast: 4 }).warm]).toEqual([0]);
  expect([...fitCatalogue(world, { minEvents: 1, atLeast: 4 }).warmRow]).toEqual([0, -1, 1, -1]);
});

test("vocabularies are those of items with any event", () => {
  const encoder = { minCount: 1, knots: 2, buckets: 8 };
  const { fields } = fitCatalogue(world, { minEvents: 3, encoder }).encoder;
  expect(fields).toEqual([{ column: "genres", field: { kind: "set", vocabulary: ["love", "war"] } }]);
});

test("what is saved gives the whole catalogue back", () => {
  const { bags, warmRow, means, trends, ...known } = fitCatalogue(world, { minEvents: 2 });
  expect(assemble(structuredClone(known), { means, trends })).toEqual({
    ...known,
    bags,
    warmRow,
    means,
    trends,
  });
});

test("levels: the ends of the scale, half-way, and beyond the ends", () => {
  const scale = { min: 1, max: 5, liked: 4 };
  expect([1, 3, 5, -7, 99].map((value) => levelOf(scale, value))).toEqual([0, 5, 10, 0, 10]);
  expect(levelOf(scale, 4)).toBe(Math.round(0.75 * (LEVELS - 1)));
  expect(levelOf({ min: 1, max: 1, liked: 1 }, 1)).toBe(LEVELS - 1);
});
