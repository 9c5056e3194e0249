import type { PortArray } from "../backend.ts";
import { packingOf, portArray } from "../runtime/session.ts";
import type { ShardPlan } from "./shard-plan.ts";
import type { SharedGroup } from "./shared-all-reduce.ts";

/** What the ranks read their feeds from and write their own outputs to. */
export interface TeamMemory {
  readonly feeds: SharedArrayBuffer;
  readonly each: SharedArrayBuffer;
  write(feeds: readonly PortArray[]): void;
  /** Copies, by path. */
  read(): ReadonlyMap<string, PortArray>;
}

export function teamMemory(
  { wholeInputs, wholeEach, sum, places }: ShardPlan,
  group: SharedGroup,
): TeamMemory {
  const [inputs, outputs] = [packingOf(wholeInputs), packingOf(wholeEach)];
  const [feeds, each] = [new SharedArrayBuffer(inputs.bytes), new SharedArrayBuffer(outputs.bytes)];
  return {
    feeds,
    each,
    write: (given) =>
      wholeInputs.forEach((port, i) => portArray(port, feeds, inputs.offsets[i]).set(given[i]!)),
    read: () =>
      new Map([
        ...sum.map(
          (port, i) => [port.name, copy(portArray(port, group.total.buffer, 4 * places[i]!))] as const,
        ),
        ...wholeEach.map((port, i) => [port.name, copy(portArray(port, each, outputs.offsets[i]))] as const),
      ]),
  };
}

/** Into memory that is not shared. */
function copy<T extends PortArray>(shared: T): T {
  const own = new (shared.constructor as new (length: number) => T)(shared.length);
  own.set(shared);
  return own;
}
