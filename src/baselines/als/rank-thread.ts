// A thread that takes pieces of the work on factors in shared memory.

import { parentPort, workerData } from "node:worker_threads";
import { loadKernels } from "../kernels/kernels.ts";
import type { SharedMemory } from "../kernels/web-assembly.ts";
import type { AlsPlan } from "./plan.ts";
import { type AlsJob, createRank } from "./rank.ts";

/** What the thread is started with. */
export interface RankThreadData {
  readonly plan: AlsPlan;
  readonly memory: SharedMemory;
  readonly code: Uint8Array<ArrayBuffer>;
  readonly rank: number;
}

const { plan, memory, code, rank } = workerData as RankThreadData;
const worker = createRank(plan, { kernels: loadKernels(code, memory), memory, rank });
parentPort!.on("message", (job: AlsJob) => {
  void worker.work(job).then(() => parentPort!.postMessage("done"));
});
