// The thread that holds the sessions of programs whose runs would block the event loop.

import { parentPort, workerData } from "node:worker_threads";
import type { Port } from "../backend.ts";
import { throughGate } from "./gate.ts";
import { openSession, packingOf, portArray, type Session, type SessionSpec } from "./session.ts";
import type { ThreadData } from "./thread.ts";
import { toWire } from "./wire.ts";

/** What the thread is asked; each call has one answer. */
export type SessionCall = { readonly call: number; readonly session: number } & (
  | { readonly kind: "open"; readonly spec: SessionSpec }
  | { readonly kind: "run"; readonly feeds: ArrayBuffer }
  | { readonly kind: "release" }
);

/** The buffer of the feeds comes back to be used again. */
export interface RunAnswer {
  readonly feeds: ArrayBuffer;
  readonly results: readonly ArrayBuffer[];
}

interface Open {
  readonly session: Session;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
}

const { gate } = workerData as ThreadData;
const sessions = new Map<number, Open>();

async function open(id: number, spec: SessionSpec): Promise<void> {
  const { inputs, outputs } = spec;
  sessions.set(id, { session: await openSession(spec), inputs, outputs });
}

async function run(id: number, feeds: ArrayBuffer): Promise<RunAnswer> {
  const { session, inputs, outputs } = sessions.get(id)!;
  const { offsets } = packingOf(inputs);
  const results = outputs.map((port) => portArray(port));
  await session.run(
    inputs.map((port, i) => portArray(port, feeds, offsets[i])),
    results,
  );
  return { feeds, results: results.map((array) => array.buffer as ArrayBuffer) };
}

async function release(id: number): Promise<void> {
  const known = sessions.get(id);
  sessions.delete(id);
  await known?.session.release();
}

async function answer(message: SessionCall): Promise<void> {
  const { call, session } = message;
  try {
    if (message.kind === "run") {
      const value = await throughGate(gate, () => run(session, message.feeds));
      return parentPort!.postMessage({ call, value }, [value.feeds, ...value.results]);
    }
    const work = message.kind === "open" ? () => open(session, message.spec) : () => release(session);
    await throughGate(gate, work);
    parentPort!.postMessage({ call });
  } catch (error) {
    parentPort!.postMessage({ call, error: toWire(error) });
  }
}

// One after the other: a session is released after the runs that were asked for before.
let last: Promise<void> = Promise.resolve();
parentPort!.on("message", (message: SessionCall) => {
  last = last.then(() => answer(message));
});
