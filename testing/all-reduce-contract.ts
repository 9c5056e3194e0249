import { describe, expect, test } from "vitest";
import { type AllReduce, shardRange } from "../src/tensor/index.ts";

export interface AllReduceContract {
  readonly name: string;
  /** Group sizes that the adapter can be tried with. */
  readonly sizes: readonly number[];
  /** All ranks of a new group, in order; each rank's `sum` may be called from here. */
  create(group: { size: number; shards: number; length: number }): Promise<readonly AllReduce[]>;
}

/** Numbers whose sum depends on the order of the additions. */
function vectorsOf(shards: number, length: number, salt = 0): Float32Array[] {
  return Array.from({ length: shards }, (_, shard) =>
    Float32Array.from({ length }, (_, i) => {
      const angle = Math.sin(1 + shard * 12.9898 + i * 78.233 + salt) * 43758.5453;
      return (angle - Math.round(angle)) * 10 ** ((shard + i) % 8);
    }),
  );
}

/** The order that the port fixes, by itself: one addition after the other, each rounded to float32. */
function inOrder(vectors: readonly Float32Array[], length: number): number[] {
  return Array.from({ length }, (_, i) =>
    vectors.slice(1).reduce((total, vector) => Math.fround(total + vector[i]!), vectors[0]![i]!),
  );
}

/**
 * What every `AllReduce` keeps: the order of the sum, the same bits on every rank, and nobody waiting for ever.
 *
 * @example allReduceContract({ name: "MPI", sizes: [2, 4], create: startRanks });
 */
export function allReduceContract({ name, sizes, create }: AllReduceContract): void {
  const sumAll = async (
    ranks: readonly AllReduce[],
    vectors: readonly Float32Array[],
  ): Promise<number[][]> => {
    const own = (rank: AllReduce): Float32Array[] =>
      vectors.slice(...shardRange(vectors.length, rank.size, rank.rank));
    return Promise.all(ranks.map(async (rank) => Array.from(await rank.sum(own(rank)))));
  };

  describe.each(sizes)(`all-reduce contract: ${name}, %i ranks`, (size) => {
    test.each([
      ["as many shards as ranks", size, 5],
      ["several shards a rank", 4 * size, 64],
      ["shards that do not divide", 2 * size + 1, 7],
      ["ranks without a shard", 1, 3],
      ["no elements", size, 0],
    ])("%s: every rank gets the sum in the order of the shards", async (_, shards, length) => {
      const ranks = await create({ size, shards, length });
      expect(ranks.map(({ rank }) => rank)).toEqual(Array.from({ length: size }, (_, i) => i));
      expect(new Set(ranks.map((rank) => rank.size))).toEqual(new Set([size]));
      const vectors = vectorsOf(shards, length);
      const wanted = inOrder(vectors, length);
      for (const got of await sumAll(ranks, vectors)) expect(got).toEqual(wanted);
      await Promise.all(ranks.map((rank) => rank.close()));
    });

    test("sums follow each other, and vectors are left as they were", async () => {
      const [shards, length] = [3 * size, 11];
      const ranks = await create({ size, shards, length });
      for (let salt = 0; salt < 20; salt++) {
        const vectors = vectorsOf(shards, length, salt);
        const before = vectors.map((vector) => [...vector]);
        const wanted = inOrder(vectors, length);
        for (const got of await sumAll(ranks, vectors)) expect(got).toEqual(wanted);
        expect(vectors.map((vector) => [...vector])).toEqual(before);
      }
      await Promise.all(ranks.map((rank) => rank.close()));
    });

    test("when the last rank leaves instead of summing, the others' sums reject, now and later", async () => {
      const ranks = await create({ size, shards: size, length: 2 });
      const [leaver, ...others] = ranks.toReversed();
      const waiting = Promise.allSettled(others.map((rank) => rank.sum(vectorsOf(1, 2))));
      await leaver!.close();
      for (const outcome of await waiting) expect(outcome).toMatchObject({ reason: { code: "CANCELLED" } });
      for (const rank of ranks) {
        await expect(rank.sum(vectorsOf(1, 2))).rejects.toMatchObject({ code: "CANCELLED" });
      }
    });
  });
}
