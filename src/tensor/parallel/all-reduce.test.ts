import { expect, test } from "vitest";
import { allReduceContract } from "../../../testing/all-reduce-contract.ts";
import { shardRange, singleAllReduce } from "./all-reduce.ts";
import { sharedAllReduce, sharedGroup } from "./shared-all-reduce.ts";

allReduceContract({ name: "single", sizes: [1], create: async () => [singleAllReduce()] });

allReduceContract({
  name: "shared memory",
  sizes: [1, 2, 3, 5],
  async create({ size, shards, length }) {
    const group = sharedGroup(size, shards, length);
    return Array.from({ length: size }, (_, rank) => sharedAllReduce(group, rank));
  },
});

test.each([
  [8, 3, ["0-2", "2-5", "5-8"]],
  [2, 3, ["0-0", "0-1", "1-2"]],
  [4, 1, ["0-4"]],
])("%i shards over %i ranks", (shards, size, wanted) => {
  expect(wanted.map((_, rank) => shardRange(shards, size, rank).join("-"))).toEqual(wanted);
});

test("a vector of another length is refused", async () => {
  const rank = sharedAllReduce(sharedGroup(1, 1, 3), 0);
  await expect(rank.sum([new Float32Array(2)])).rejects.toThrow(
    "all-reduce: expected 1 vectors of 3 elements, got one of 2 elements.",
  );
  await expect(rank.sum([])).rejects.toThrow("got 0 vectors");
});
