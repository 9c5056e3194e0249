import type { PortArray } from "../backend.ts";
import { openSession, portArray, type Session } from "../runtime/session.ts";
import { sizeOf } from "../tensor.ts";
import { addInOrder } from "./all-reduce.ts";
import { isCut, type ShardPlan } from "./shard-plan.ts";
import { cancelled, released, type Team } from "./team.ts";

/** The shards one after the other on this thread: the bits of a team of workers, without copying feeds or results. */
export async function localTeam(plan: ShardPlan, signal?: AbortSignal): Promise<Team> {
  const session = await openSession(plan.spec);
  const vectors = Array.from({ length: plan.shards }, () => new Float32Array(plan.length));
  let ended = false;
  return {
    size: 0,
    ready: Promise.resolve(),
    async step(feeds, progress) {
      const each = plan.wholeEach.map((port) => portArray(port));
      for (let shard = 0; shard < plan.shards; shard++) {
        if (ended) throw released();
        if (signal?.aborted === true) throw cancelled();
        await runShard({ plan, session, shard }, { feeds, each, vector: vectors[shard]! });
        progress?.update(shard + 1);
      }
      const total = new Float32Array(plan.length);
      addInOrder(vectors, total, [0, total.length]);
      return resultsOf(plan, total, each);
    },
    async end() {
      if (!ended) await session.release();
      ended = true;
    },
  };
}

interface ShardRun {
  readonly plan: ShardPlan;
  readonly session: Session;
  readonly shard: number;
}

interface ShardArrays {
  readonly feeds: readonly PortArray[];
  readonly each: readonly PortArray[];
  readonly vector: Float32Array;
}

async function runShard(
  { plan, session, shard }: ShardRun,
  { feeds, each, vector }: ShardArrays,
): Promise<void> {
  const part = (array: PortArray, size: number): PortArray =>
    array.subarray(shard * size, (shard + 1) * size);
  const inputs = plan.spec.inputs.map((port, i) =>
    isCut(port) ? part(feeds[i]!, sizeOf(port.shape)) : feeds[i]!,
  );
  const sums = plan.sum.map((port, i) => portArray(port, vector.buffer, 4 * plan.places[i]!));
  await session.run(inputs, [...sums, ...plan.each.map((port, i) => part(each[i]!, sizeOf(port.shape)))]);
}

function resultsOf(
  plan: ShardPlan,
  total: Float32Array,
  each: readonly PortArray[],
): ReadonlyMap<string, PortArray> {
  const sums = plan.sum.map(({ name, shape }, i) => {
    const place = plan.places[i]!;
    return [name, total.slice(place, place + sizeOf(shape))] as const;
  });
  return new Map([...sums, ...plan.wholeEach.map(({ name }, i) => [name, each[i]!] as const)]);
}
