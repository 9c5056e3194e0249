import { expect, test } from "vitest";
import { checkerboard } from "../../testing/worlds/checkerboard.ts";
import { fitCatalogue } from "./catalogue.ts";
import { paddedTrends, warmTrends } from "./moments.ts";
import { trendsAt, trendWidth } from "./trends.ts";

const train = checkerboard({ seed: 2 });
const catalogue = fitCatalogue(train, { minEvents: 37 });
const items = Int32Array.from(train.items.ids.keys()).reverse();

test("the world has warm and cold items, or the next tests say nothing", () => {
  expect(catalogue.warm.length).toBeGreaterThan(5);
  expect(catalogue.warm.length).toBeLessThan(items.length - 5);
});

test.each([undefined, 1_500_000_000, 1_504_000_000, 2_000_000_000])(
  "at %s the kept numbers are those computed afresh, zeros after them",
  (time) => {
    for (const again of [false, true]) {
      const out = paddedTrends(catalogue, items, time, items.length + 3);
      expect([again, out.subarray(0, items.length * trendWidth)]).toEqual([
        again,
        trendsAt(catalogue.trends, items, time),
      ]);
      expect([...out.subarray(items.length * trendWidth)]).toEqual(new Array(3 * trendWidth).fill(0));
    }
    expect(warmTrends(catalogue, time)).toEqual(trendsAt(catalogue.trends, catalogue.warm, time));
  },
);

test("requests between two grid points share one table, others do not", () => {
  const { origin } = catalogue.trends;
  const table = warmTrends(catalogue, origin + 10 * 86_400);
  expect(warmTrends(catalogue, origin + 10 * 86_400 + 3600)).toBe(table);
  expect(warmTrends(catalogue, origin + 11 * 86_400)).not.toBe(table);
});
