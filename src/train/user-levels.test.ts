import { expect, test } from "vitest";
import { createDataset } from "../data/dataset.ts";
import { domainTasks } from "../tasks/domains.ts";
import { withUserLevels } from "./user-levels.ts";

/** The second user rates everything two stars above the first, but the films of the second shelf two below. */
const world = createDataset({
  name: "levels",
  users: {
    ids: ["low", "high", "nobody"],
    columns: { town: { kind: "categorical", values: ["x", "y", "x"] } },
  },
  items: {
    ids: ["a", "b", "c", "d"],
    columns: { shelf: { kind: "categorical", values: ["one", "one", "two", "two"] } },
  },
  interactions: {
    user: Int32Array.of(0, 0, 0, 0, 1, 1, 1, 1),
    item: Int32Array.of(0, 1, 2, 3, 0, 1, 2, 3),
    value: Float32Array.of(2, 3, 4, 5, 4, 5, 2, 3),
  },
  scale: { min: 1, max: 5, liked: 4 },
  synthetic: true,
});
const shelves = domainTasks(world, {
  of: "items",
  column: "shelf",
  order: "random",
  query: "all",
  shots: [0],
});

function levels(without: number[]): number[] {
  const { columns } = withUserLevels(world, shelves, Int32Array.from(without));
  expect(Object.keys(columns)).toEqual(["town", "level, from events"]);
  const column = columns["level, from events"];
  if (column?.kind !== "numeric") throw new Error("expected numbers");
  return [...column.values];
}

test("levels are what somebody rates above others, on all that is known of them", () => {
  const [low, high, nobody] = levels([]);
  expect(low).toBeCloseTo(0, 5);
  expect(high).toBeCloseTo(0, 5);
  expect(nobody).toBe(0);
});

test("subjects that are left out have no part in them", () => {
  const [lowOne, highOne] = levels([1]);
  expect(highOne).toBeGreaterThan(0.2);
  expect(lowOne).toBeCloseTo(-highOne!, 5);
  const [lowTwo, highTwo] = levels([0]);
  expect(highTwo).toBeCloseTo(-highOne!, 5);
  expect(lowTwo).toBeCloseTo(highOne!, 5);
});
