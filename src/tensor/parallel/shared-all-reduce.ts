/// <reference lib="es2024.sharedmemory" />
import { isMainThread } from "node:worker_threads";
import { ForetasteError } from "../../base/errors.ts";
import { type AllReduce, addInOrder, closed, shardRange } from "./all-reduce.ts";

/** What the ranks of a group on one machine share. Crosses thread boundaries as it is. */
export interface SharedGroup {
  readonly size: number;
  readonly shards: number;
  /** Elements of a vector. */
  readonly length: number;
  /** One vector a shard. `[shards, length]` */
  readonly slots: Float32Array;
  /** `[length]` */
  readonly total: Float32Array;
  /** `[arrived, generation, closed]` */
  readonly control: Int32Array;
}

const [ARRIVED, GENERATION, CLOSED] = [0, 1, 2] as const;

/**
 * Memory for a group of `size` ranks on this machine, whose work is `shards` vectors of `length` elements. Give it to
 * every thread, as `workerData` for one.
 *
 * @example const group = sharedGroup(2, 8, 1000); // 8 vectors of 1000 elements, 4 for each of 2 ranks
 */
export function sharedGroup(size: number, shards: number, length: number): SharedGroup {
  const floats = (n: number): Float32Array => new Float32Array(new SharedArrayBuffer(4 * n));
  const control = new Int32Array(new SharedArrayBuffer(12));
  return { size, shards, length, slots: floats(shards * length), total: floats(length), control };
}

/**
 * A rank of a group of threads with shared memory: vectors are laid side by side, then each rank adds up its part of the
 * elements over all shards.
 *
 * @throws SHAPE for other numbers of vectors or elements than the group has; CANCELLED when a rank closes
 * @example
 * const ranks = [0, 1].map((rank) => sharedAllReduce(group, rank)); // each on a thread of its own
 * const total = await ranks[0].sum(vectorsOfShards0to3); // and ranks[1].sum(vectorsOfShards4to7) elsewhere
 */
export function sharedAllReduce(group: SharedGroup, rank: number): AllReduce {
  const { size, shards, length, slots, total, control } = group;
  const [first, end] = shardRange(shards, size, rank);
  const part = shardRange(length, size, rank);
  const vectors = Array.from({ length: shards }, (_, i) => slots.subarray(i * length, (i + 1) * length));
  return {
    rank,
    size,
    async sum(own) {
      checkShards(own, end - first, length);
      own.forEach((vector, i) => vectors[first + i]!.set(vector));
      await barrier(control, size);
      addInOrder(vectors, total, part);
      await barrier(control, size);
      return total;
    },
    async close() {
      Atomics.store(control, CLOSED, 1);
      Atomics.add(control, GENERATION, 1);
      Atomics.notify(control, GENERATION);
    },
  };
}

function checkShards(own: readonly Float32Array[], count: number, length: number): void {
  const wrong = own.find((vector) => vector.length !== length);
  if (own.length === count && wrong === undefined) return;
  const got = wrong === undefined ? `${own.length} vectors` : `one of ${wrong.length} elements`;
  const expected = `${count} vectors of ${length} elements`;
  throw new ForetasteError("SHAPE", { where: "all-reduce", expected, got });
}

/** Returns when all ranks are here. */
async function barrier(control: Int32Array, size: number): Promise<void> {
  const generation = Atomics.load(control, GENERATION);
  if (Atomics.load(control, CLOSED) === 1) throw closed();
  if (Atomics.add(control, ARRIVED, 1) + 1 === size) {
    Atomics.store(control, ARRIVED, 0);
    Atomics.add(control, GENERATION, 1);
    Atomics.notify(control, GENERATION);
    return;
  }
  for (let i = 0; i < LOOKS && Atomics.load(control, GENERATION) === generation; i++);
  while (Atomics.load(control, GENERATION) === generation) await sleep(control, generation);
  if (Atomics.load(control, CLOSED) === 1) throw closed();
}

/** Looks before a thread sleeps: the ranks of a step end close together, and being woken takes longer. */
const LOOKS = 10_000;

/** A worker thread has nothing else to do; the main thread keeps its event loop. */
async function sleep(control: Int32Array, generation: number): Promise<void> {
  if (isMainThread) await Atomics.waitAsync(control, GENERATION, generation).value;
  else Atomics.wait(control, GENERATION, generation);
}
