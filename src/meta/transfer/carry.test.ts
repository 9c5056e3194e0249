import { expect, test } from "vitest";
import type { Table } from "../../data/dataset.ts";
import { assemble, type Catalogue } from "../../encoders/catalogue.ts";
import { fitEncoder } from "../../encoders/encoder.ts";
import type { OneClassPrior } from "../bayes/one-class-types.ts";
import { carryPrior, historyBags } from "./carry.ts";

const nothing = {
  means: {
    mean: 0,
    deviation: 1,
    sums: new Float32Array(2),
    counts: new Int32Array(2),
    userLevels: new Float32Array(0),
  },
} as unknown as Pick<Catalogue, "means" | "trends">;
const catalogueOf = (genres: string[][], years: number[]): Catalogue => {
  const items: Table = {
    ids: genres.map((_, i) => `i${i}`),
    columns: {
      genre: { kind: "multi", values: genres },
      year: { kind: "numeric", values: Float64Array.from(years) },
    },
  };
  const all = Int32Array.from(items.ids.keys());
  const encoder = fitEncoder(items, all, { minCount: 1, knots: 2, buckets: 8 });
  return assemble({ items, scale: { min: 0, max: 1, liked: 1 }, warm: all, encoder }, nothing);
};
/** One embedding number and a bias a token. */
const priorOf = (id: number[], content: number[]): OneClassPrior => ({
  params: { id: Float32Array.from(id), taste: { mean: Float32Array.of(id[0]!) } },
  content: Float32Array.from(content),
});

test("tokens are carried by name, knots by interpolation, items by twins, the network as it is", () => {
  // Tokens: war, love, 1990, 2010.
  const known = {
    catalogue: catalogueOf([["war"], ["war", "love"]], [1990, 2010]),
    prior: priorOf([7, 8], [1, 10, 2, 20, 3, 30, 5, 50]),
  };
  // Tokens: love, opera, 2000, 2010.
  const fresh = {
    catalogue: catalogueOf([["love"], ["love", "opera"]], [2000, 2010]),
    prior: priorOf([-1, -2], [0, 0, 6, 60, 0, 0, 0, 0]),
  };
  const carried = carryPrior(known, fresh, Int32Array.of(1, -1));
  expect(Array.from(carried.content)).toEqual([2, 20, 6, 60, 4, 40, 5, 50]);
  expect(carried.params).toEqual({ id: Float32Array.of(8, 0), taste: { mean: Float32Array.of(7) } });
  expect(known.prior.params["id"]).toEqual(Float32Array.of(7, 8));
});

test("a history's bag is the mean of its items' bags", () => {
  const { bags } = catalogueOf([["war"], ["love"]], [1990, 2010]);
  const mean = historyBags(bags, [Int32Array.of(0, 1), Int32Array.of(1)]);
  const row = (r: number): [number, number][] =>
    Array.from(mean.ids.subarray(mean.offsets[r], mean.offsets[r + 1]), (token, k): [number, number] => [
      token,
      mean.weights[mean.offsets[r]! + k]!,
    ]).sort(([a], [b]) => a - b);
  expect(row(0)).toEqual([
    [0, 0.5],
    [1, 0.5],
    [2, 0.5],
    [3, 0.5],
  ]);
  expect(row(1).map(([, weight]) => weight)).toEqual([1, 1]);
});
