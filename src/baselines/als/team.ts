import { setImmediate } from "node:timers/promises";
import { startThread, type Thread, threadEntry } from "../../tensor/runtime/thread.ts";
import { kernelModule, loadKernels } from "../kernels/kernels.ts";
import { pagesOf, type SharedMemory } from "../kernels/web-assembly.ts";
import { type AlsPlan, intsAt } from "./plan.ts";
import { type AlsJob, createRank } from "./rank.ts";
import type { RankThreadData } from "./rank-thread.ts";

/** Who works on the factors of a plan. */
export interface AlsTeam {
  run(job: AlsJob): Promise<void>;
  end(): Promise<void>;
}

/** One thread is the caller's own, which lets the event loop in now and then; more are threads beside it. */
export function startAlsTeam(plan: AlsPlan, memory: SharedMemory, threads: number): AlsTeam {
  const code = kernelModule(plan.width, pagesOf(plan.bytes));
  const counter = intsAt(memory, plan.counter, 1);
  const ranks =
    threads === 1
      ? [ownRank(plan, memory, code)]
      : Array.from({ length: threads }, (_, rank) => threadRank({ plan, memory, code, rank }));
  return {
    async run(job) {
      Atomics.store(counter, 0, 0);
      await Promise.all(ranks.map((rank) => rank.run(job)));
    },
    async end() {
      await Promise.all(ranks.map((rank) => rank.end()));
    },
  };
}

/** Pieces of work after which timers and signals get their turn. */
const TURN = 16;

function ownRank(plan: AlsPlan, memory: SharedMemory, code: Uint8Array<ArrayBuffer>): AlsTeam {
  const rank = createRank(plan, { kernels: loadKernels(code, memory), memory, rank: 0 });
  let pieces = 0;
  const between = (): Promise<void> | undefined => (++pieces % TURN === 0 ? setImmediate() : undefined);
  return { run: (job) => rank.work(job, between), end: async () => undefined };
}

function threadRank(data: RankThreadData): AlsTeam {
  let waiting: { resolve(): void; reject(error: Error): void } | undefined;
  let dead: Error | undefined;
  const thread: Thread = startThread({
    entry: threadEntry(import.meta.url, "rank-thread"),
    name: `thread ${data.rank} of iALS`,
    data: { ...data },
    onMessage: () => waiting?.resolve(),
    onDeath(error) {
      dead = error;
      waiting?.reject(error);
    },
  });
  return {
    async run(job) {
      if (dead !== undefined) throw dead;
      thread.hold();
      const done = new Promise<void>((resolve, reject) => {
        waiting = { resolve, reject };
      });
      thread.send(job);
      await done.finally(() => thread.letGo());
    },
    end: () => thread.end(),
  };
}
