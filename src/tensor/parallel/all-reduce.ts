import { ForetasteError } from "../../base/errors.ts";

/**
 * Sums vectors over the ranks of a group. A group's work is cut into shards, more of them than ranks, each of which gives
 * one vector; rank r holds the shards `shardRange(shards, size, r)`. What an adapter must keep, so that a result does
 * not depend on how many ranks computed it (`testing/all-reduce-contract.ts` holds it to that):
 *
 * - Element by element, the sum is `((v0 + v1) + v2) + ...` in the order of the shards, each addition rounded to
 *   float32. Summing within ranks first and then over ranks is another order, and other bits.
 * - Every rank gets the same bits.
 * - `sum` is collective: all ranks call it equally often, with vectors of the same length.
 * - When a rank closes, sums of the others that wait or come later reject; none waits for ever.
 *
 * An adapter over MPI may pass a running sum along the ranks (each adds its shards, one by one, and sends the result
 * on) and broadcast what the last one has; `MPI_Allreduce` itself promises no order.
 */
export interface AllReduce {
  /** Which one this is, from 0. */
  readonly rank: number;
  /** How many there are. */
  readonly size: number;
  /**
   * @param shards the vectors of this rank's shards, in order; not changed
   * @returns the sum over all shards of all ranks; read it before this rank's next call
   */
  sum(shards: readonly Float32Array[]): Promise<Float32Array>;
  close(): Promise<void>;
}

/**
 * The shards of a rank, from first to before last: consecutive, and none has more than one more than another.
 *
 * @example shardRange(8, 3, 1); // [2, 5]
 */
export function shardRange(shards: number, size: number, rank: number): readonly [from: number, to: number] {
  return [Math.floor((rank * shards) / size), Math.floor(((rank + 1) * shards) / size)];
}

/**
 * The group of one.
 *
 * @example
 * const alone = singleAllReduce();
 * await alone.sum([Float32Array.of(1, 2), Float32Array.of(3, 4)]); // [4, 6]
 */
export function singleAllReduce(): AllReduce {
  let open = true;
  return {
    rank: 0,
    size: 1,
    async sum(shards) {
      if (!open) throw closed();
      const total = new Float32Array(shards[0]?.length ?? 0);
      addInOrder(shards, total, [0, total.length]);
      return total;
    },
    async close() {
      open = false;
    },
  };
}

/** `out[i]` is the sum of element `i` of the vectors, in their order, in float32. */
export function addInOrder(
  vectors: readonly Float32Array[],
  out: Float32Array,
  [from, to]: readonly [number, number],
): void {
  const [first, ...others] = vectors;
  if (first === undefined) return;
  for (let i = from; i < to; i++) out[i] = first[i]!;
  for (const vector of others) for (let i = from; i < to; i++) out[i]! += vector[i]!;
}

export function closed(): ForetasteError {
  const hint = "Another one failed or was stopped; its own error says why.";
  return new ForetasteError("CANCELLED", {
    where: "all-reduce",
    expected: "every rank to take part",
    got: "a rank that left",
    hint,
  });
}
