import { ForetasteError } from "../../base/errors.ts";
import type { PortArray } from "../backend.ts";
import { openSession, portArray, type Session } from "../runtime/session.ts";
import { sizeOf } from "../tensor.ts";
import { shardRange } from "./all-reduce.ts";
import { isCut, type ShardPlan } from "./shard-plan.ts";
import { type SharedGroup, sharedAllReduce } from "./shared-all-reduce.ts";

/** Rank 0 on the calling thread. */
export interface LocalRank {
  readonly ready: Promise<void>;
  /**
   * Runs its shards and takes part in their sum. Feeds and results are of the whole batch; nothing is copied.
   *
   * @param goOn called after each shard; throws what stops the step
   */
  step(feeds: readonly PortArray[], each: readonly PortArray[], goOn: () => void): Promise<void>;
  end(): Promise<void>;
}

export function localRank(plan: ShardPlan, group: SharedGroup): LocalRank {
  const opening = openSession(plan.spec);
  const [first, end] = shardRange(group.shards, group.size, 0);
  const allReduce = sharedAllReduce(group, 0);
  const vectors = Array.from({ length: end - first }, () => new Float32Array(plan.length));
  let ended: Promise<void> | undefined;
  return {
    ready: opening.then(() => undefined),
    async step(feeds, each, goOn) {
      const session = await opening;
      for (let shard = first; shard < end; shard++) {
        const run = runShard(session, plan, { shard, feeds, each, vector: vectors[shard - first]! });
        await run.catch((error: Error) => Promise.reject(shardError(shard, error)));
        goOn();
      }
      await allReduce.sum(vectors);
    },
    end() {
      ended ??= allReduce.close().then(() =>
        opening.then(
          (session) => session.release(),
          () => undefined,
        ),
      );
      return ended;
    },
  };
}

function shardError(shard: number, cause: Error): ForetasteError {
  const code = cause instanceof ForetasteError ? cause.code : "INTERNAL";
  const hint = "All workers have ended; start them again.";
  const where = `dataParallel, shard ${shard}`;
  return new ForetasteError(code, { where, expected: "a run", got: cause.message, hint, cause });
}

interface ShardRun {
  readonly shard: number;
  readonly feeds: readonly PortArray[];
  readonly each: readonly PortArray[];
  readonly vector: Float32Array;
}

async function runShard(session: Session, plan: ShardPlan, run: ShardRun): Promise<void> {
  const { shard, feeds, each, vector } = run;
  const part = (array: PortArray, size: number): PortArray =>
    array.subarray(shard * size, (shard + 1) * size);
  const inputs = plan.spec.inputs.map((port, i) =>
    isCut(port) ? part(feeds[i]!, sizeOf(port.shape)) : feeds[i]!,
  );
  const sums = plan.sum.map((port, i) => portArray(port, vector.buffer, 4 * plan.places[i]!));
  await session.run(inputs, [...sums, ...plan.each.map((port, i) => part(each[i]!, sizeOf(port.shape)))]);
}
