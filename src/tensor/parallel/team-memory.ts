import type { Port, PortArray } from "../backend.ts";
import { packingOf, portArray } from "../runtime/session.ts";
import { sizeOf } from "../tensor.ts";
import { isCut, type ShardPlan } from "./shard-plan.ts";
import type { SharedGroup } from "./shared-all-reduce.ts";

/** What worker threads read their feeds from and write their own outputs to. */
export interface TeamMemory {
  readonly feeds: SharedArrayBuffer;
  readonly each: SharedArrayBuffer;
  write(feeds: readonly PortArray[]): void;
  /** Copies into `each` what the threads' shards have of their own; the sums as copies. By path. */
  read(each: readonly PortArray[]): ReadonlyMap<string, PortArray>;
}

/** @param first the first shard that a thread runs; those before it are run where the feeds are */
export function teamMemory(plan: ShardPlan, group: SharedGroup, first: number): TeamMemory {
  const { wholeInputs, wholeEach, sum, places, shards } = plan;
  const [inputs, outputs] = [packingOf(wholeInputs), packingOf(wholeEach)];
  const [feeds, each] = [new SharedArrayBuffer(inputs.bytes), new SharedArrayBuffer(outputs.bytes)];
  const sharedFeeds = wholeInputs.map((port, i) => portArray(port, feeds, inputs.offsets[i]));
  const sharedEach = wholeEach.map((port, i) => portArray(port, each, outputs.offsets[i]));
  const start = (port: Port): number => (sizeOf(port.shape) / shards) * first;
  return {
    feeds,
    each,
    write(given) {
      wholeInputs.forEach((port, i) => {
        const from = isCut(port) ? start(port) : 0;
        if (first < shards) sharedFeeds[i]!.set(given[i]!.subarray(from), from);
      });
    },
    read(own) {
      own.forEach((array, i) => {
        const from = start(wholeEach[i]!);
        array.set(sharedEach[i]!.subarray(from), from);
      });
      const sums = sum.map(
        (port, i) => [port.name, copy(portArray(port, group.total.buffer, 4 * places[i]!))] as const,
      );
      return new Map([...sums, ...wholeEach.map(({ name }, i) => [name, own[i]!] as const)]);
    },
  };
}

/** Into memory that is not shared. */
function copy<T extends PortArray>(shared: T): T {
  const own = new (shared.constructor as new (length: number) => T)(shared.length);
  own.set(shared);
  return own;
}
