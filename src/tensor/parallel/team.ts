import { ForetasteError } from "../../base/errors.ts";
import type { ProgressTask } from "../../base/progress.ts";
import type { PortArray } from "../backend.ts";
import { portArray } from "../runtime/session.ts";
import { startThread, type Thread, threadEntry } from "../runtime/thread.ts";
import { fromWire } from "../runtime/wire.ts";
import { shardRange } from "./all-reduce.ts";
import { localRank } from "./local-rank.ts";
import type { RankData, RankMessage } from "./rank-worker.ts";
import type { ShardPlan } from "./shard-plan.ts";
import { sharedGroup } from "./shared-all-reduce.ts";
import { teamMemory } from "./team-memory.ts";

/** Worker threads over shared memory. */
export interface Team {
  readonly size: number;
  readonly ready: Promise<void>;
  step(feeds: readonly PortArray[], progress?: ProgressTask): Promise<ReadonlyMap<string, PortArray>>;
  end(): Promise<void>;
}

/** What a team is started with; see `DataParallelOptions`. */
export interface TeamOptions {
  readonly workers: number;
  readonly takePart: boolean;
  readonly reuseResults?: boolean;
  readonly signal?: AbortSignal;
}

/** Counts the ranks that said what is waited for. */
interface Round {
  readonly all: Promise<void>;
  arrive(): void;
  fail(error: Error): void;
}

function startRound(size: number): Round {
  let left = size;
  if (size === 0) return { all: Promise.resolve(), arrive() {}, fail() {} };
  const { promise, resolve, reject } = withResolvers<void>();
  promise.catch(() => undefined);
  return { all: promise, arrive: () => void (--left === 0 && resolve()), fail: reject };
}

function withResolvers<T>(): { promise: Promise<T>; resolve(value: T): void; reject(error: Error): void } {
  let [resolve, reject]: [(value: T) => void, (error: Error) => void] = [() => {}, () => {}];
  const promise = new Promise<T>((yes, no) => {
    [resolve, reject] = [yes, no];
  });
  return { promise, resolve, reject };
}

/** Starts the ranks of a plan, the caller first if it takes part; whatever goes wrong ends all of them. */
export function startTeam(plan: ShardPlan, options: TeamOptions): Team {
  const { workers, takePart, reuseResults = false, signal } = options;
  const here = takePart ? 1 : 0;
  const size = Math.min(workers + here, plan.shards);
  const group = sharedGroup(size, plan.shards, plan.length);
  const memory = teamMemory(plan, group, takePart ? shardRange(plan.shards, size, 0)[1] : 0);
  const local = takePart ? localRank(plan, group) : undefined;
  let round = startRound(size - here);
  let step = 0;
  let failure: Error | undefined;
  let onShard = (): void => {};
  const fail = async (error: Error): Promise<void> => {
    failure ??= error;
    round.fail(failure);
    signal?.removeEventListener("abort", onAbort);
    await Promise.all([endAll(threads), local?.end()]);
  };
  const onAbort = (): void => void fail(cancelled());
  signal?.addEventListener("abort", onAbort);
  const shared = { plan, group, feeds: memory.feeds, each: memory.each };
  const threads = startRanks(shared, here, (rank, message) => {
    if (message instanceof Error) void fail(message);
    else if (message.kind === "error") void fail(workerError(rank, size, message));
    else if (message.step < step) return;
    else if (message.kind === "shard") onShard();
    else round.arrive();
  });
  const results = resultArrays(plan, reuseResults);
  const goOn = (shards: 0 | 1): void => {
    if (shards > 0) onShard();
    if (failure !== undefined) throw failure;
  };
  return {
    size: size - here,
    ready: holding(
      threads,
      Promise.all([round.all, local?.ready]).then(() => undefined),
    ),
    async step(feeds, progress) {
      goOn(0);
      let done = 0;
      onShard = () => progress?.update(++done);
      round = startRound(size - here);
      step++;
      memory.write(feeds);
      for (const thread of threads) thread.send("step");
      const each = results();
      const mine = local?.step(feeds, each, () => goOn(1)).catch(fail);
      // Who takes part in the sum knows when all is done, before their messages come.
      const theirs = mine === undefined || progress !== undefined ? round.all : undefined;
      await holding(
        threads,
        Promise.all([theirs, mine]).then(() => undefined),
      );
      goOn(0);
      return memory.read(each);
    },
    end: () => fail(released()),
  };
}

/** Arrays for what shards have of their own: the same every time, or new ones. */
function resultArrays({ wholeEach }: ShardPlan, reuse: boolean): () => PortArray[] {
  const create = (): PortArray[] => wholeEach.map((port) => portArray(port));
  if (!reuse) return create;
  const kept = create();
  return () => kept;
}

function startRanks(
  data: Omit<RankData, "rank">,
  first: number,
  listen: (rank: number, message: RankMessage | Error) => void,
): Thread[] {
  const { size } = data.group;
  return Array.from({ length: size - first }, (_, i) => {
    const rank = first + i;
    return startThread({
      entry: threadEntry(import.meta.url, "rank-worker"),
      name: `worker ${rank} of ${size}`,
      data: { ...data, rank },
      onMessage: (message) => listen(rank, message as RankMessage),
      onDeath: (error) => listen(rank, error),
    });
  });
}

/** The process waits for threads that have something to do. */
async function holding(threads: readonly Thread[], work: Promise<void>): Promise<void> {
  for (const thread of threads) thread.hold();
  await work.finally(() => threads.forEach((thread) => thread.letGo()));
}

async function endAll(threads: readonly Thread[]): Promise<void> {
  await Promise.all(threads.map((thread) => thread.end()));
}

export function cancelled(): ForetasteError {
  const expected = "a run to its end";
  return new ForetasteError("CANCELLED", { where: "dataParallel", expected, got: "a stop" });
}

function released(): ForetasteError {
  const parts = { where: "dataParallel", expected: "a program", got: "a released one" };
  return new ForetasteError("FEED", parts);
}

function workerError(rank: number, size: number, message: RankMessage & { kind: "error" }): ForetasteError {
  const cause = fromWire(message.error);
  const where = `worker ${rank} of ${size}, ${message.where}`;
  const hint = "All workers have ended; start them again.";
  const code = cause instanceof ForetasteError ? cause.code : "INTERNAL";
  return new ForetasteError(code, { where, expected: "a run", got: cause.message, hint, cause });
}
