// A rank of a data-parallel program: runs its shards, one after the other, and takes part in their sum.

import { parentPort, workerData } from "node:worker_threads";
import type { Port, PortArray } from "../backend.ts";
import { throughGate } from "../runtime/gate.ts";
import { openSession, packingOf, portArray, type Session } from "../runtime/session.ts";
import type { ThreadData } from "../runtime/thread.ts";
import { toWire, type WireError } from "../runtime/wire.ts";
import { shardRange } from "./all-reduce.ts";
import type { ShardPlan } from "./shard-plan.ts";
import { type SharedGroup, sharedAllReduce } from "./shared-all-reduce.ts";

/** What a rank is started with. */
export interface RankData {
  readonly rank: number;
  readonly plan: ShardPlan;
  readonly group: SharedGroup;
  /** Numbers of the whole batch, packed. */
  readonly feeds: SharedArrayBuffer;
  /** Outputs that every shard has of its own, packed. */
  readonly each: SharedArrayBuffer;
}

/** Ready, one shard done, the whole step done (steps count from 1), or what went wrong. */
export type RankMessage =
  | { readonly kind: "ready" | "shard" | "done"; readonly step: number }
  | { readonly kind: "error"; readonly where: string; readonly error: WireError };

const { rank, plan, group, feeds, each, gate } = workerData as RankData & ThreadData;
const { spec } = plan;
const [first, end] = shardRange(group.shards, group.size, rank);
const allReduce = sharedAllReduce(group, rank);
const say = (message: RankMessage): void => parentPort!.postMessage(message);

/** The numbers of this thread alone, because onnxruntime takes no shared memory. */
const inputs = spec.inputs.map((port) => portArray(port));
const eachOutputs = plan.each.map((port) => portArray(port));
const vectors = Array.from({ length: end - first }, () => new Float32Array(group.length));
const sumOutputs = vectors.map((vector) => plan.sum.map((port, i) => viewOf(vector, port, plan.places[i]!)));

function viewOf(vector: Float32Array, port: Port, place: number): PortArray {
  return portArray(port, vector.buffer, 4 * place);
}

const whole = {
  inputs: wholeArrays(plan.wholeInputs, feeds),
  each: wholeArrays(plan.wholeEach, each),
};

function wholeArrays(ports: readonly Port[], memory: SharedArrayBuffer): PortArray[] {
  const { offsets } = packingOf(ports);
  return ports.map((port, i) => portArray(port, memory, offsets[i]));
}

async function runShard(session: Session, shard: number): Promise<void> {
  inputs.forEach((own, i) => {
    const from = spec.inputs[i]!.name.startsWith("batch.") ? shard * own.length : 0;
    own.set(whole.inputs[i]!.subarray(from, from + own.length));
  });
  const into = [...sumOutputs[shard - first]!, ...eachOutputs];
  await throughGate(gate, () => session.run(inputs, into));
  eachOutputs.forEach((own, i) => whole.each[i]!.set(own, shard * own.length));
}

async function runStep(session: Session): Promise<void> {
  step++;
  for (let shard = first; shard < end; shard++) {
    where = `shard ${shard}`;
    await runShard(session, shard);
    say({ kind: "shard", step });
  }
  where = "the sum";
  await allReduce.sum(vectors);
  say({ kind: "done", step });
}

let step = 0;
let where = "start";
const fail = (error: unknown): void => say({ kind: "error", where, error: toWire(error) });

throughGate(gate, () => openSession(spec)).then((session) => {
  parentPort!.on("message", () => void runStep(session).catch(fail));
  say({ kind: "ready", step });
}, fail);
