import type { Transferable } from "node:worker_threads";
import type { PortArray } from "../backend.ts";
import { packingOf, portArray, type Session, type SessionSpec } from "./session.ts";
import type { RunAnswer, SessionCall } from "./session-worker.ts";
import { startThread, type Thread, threadEntry } from "./thread.ts";
import { fromWire, type WireError } from "./wire.ts";

type Request = SessionCall extends infer C ? (C extends SessionCall ? Omit<C, "call"> : never) : never;

interface Answer {
  readonly call: number;
  readonly value?: RunAnswer;
  readonly error?: WireError;
}

/** One thread with sessions in it. */
interface Host {
  ask(request: Request, transfer?: readonly Transferable[]): Promise<RunAnswer | undefined>;
  /** A session was opened in it; the thread ends when as many were closed. */
  opened(): void;
  closed(): Promise<void>;
  readonly alive: boolean;
}

/** The thread that all sessions off the event loop share: it starts with the first and ends with the last. */
let shared: Host | undefined;
let nextSession = 0;

function sharedHost(): Host {
  if (shared?.alive !== true) shared = startHost(threadEntry(import.meta.url, "session-worker"));
  return shared;
}

/**
 * Opens a session in a worker thread: runs leave the event loop free. Feeds are copied once, results are handed over.
 * (Shared memory would be copied twice: onnxruntime-node refuses views of a `SharedArrayBuffer`.)
 *
 * @param entry the module of a thread of its own; tests pass theirs
 */
export async function openThreadSession(spec: SessionSpec, entry?: URL): Promise<Session> {
  const host = entry === undefined ? sharedHost() : startHost(entry);
  const session = nextSession++;
  host.opened();
  try {
    await host.ask({ kind: "open", session, spec });
  } catch (error) {
    await host.closed();
    throw error;
  }
  const handle = sessionOn(host, session, spec);
  abandoned.register(handle, { host, session }, handle);
  return handle;
}

/** Sessions that nobody released and nobody can reach. */
const abandoned = new FinalizationRegistry<{ host: Host; session: number }>(({ host, session }) => {
  void closeSession(host, session).catch(() => undefined);
});

async function closeSession(host: Host, session: number): Promise<void> {
  if (host.alive) await host.ask({ kind: "release", session });
  await host.closed();
}

function sessionOn(host: Host, session: number, { inputs, outputs }: SessionSpec): Session {
  const { offsets, bytes } = packingOf(inputs);
  const spare: ArrayBuffer[] = [];
  const handle: Session = {
    async run(given, into = []) {
      const feeds = spare.pop() ?? new ArrayBuffer(bytes);
      inputs.forEach((port, i) => portArray(port, feeds, offsets[i]).set(given[i]!));
      const answer = (await host.ask({ kind: "run", session, feeds }, [feeds])) as RunAnswer;
      if (spare.length < 2) spare.push(answer.feeds);
      return outputs.map((port, i) => handOver(portArray(port, answer.results[i]), into[i]));
    },
    release() {
      abandoned.unregister(handle);
      return closeSession(host, session);
    },
  };
  return handle;
}

function handOver(result: PortArray, into: PortArray | undefined): PortArray {
  into?.set(result);
  return into ?? result;
}

function startHost(entry: URL): Host {
  const waiting = new Map<
    number,
    { resolve(value: RunAnswer | undefined): void; reject(error: Error): void }
  >();
  let calls = 0;
  let sessions = 0;
  let dead: Error | undefined;
  const thread: Thread = startThread({
    entry,
    name: "the thread that programs run in",
    onMessage(message) {
      const { call, value, error } = message as Answer;
      const one = waiting.get(call);
      waiting.delete(call);
      thread.letGo();
      if (error === undefined) one?.resolve(value);
      else one?.reject(fromWire(error));
    },
    onDeath(error) {
      dead = error;
      for (const one of waiting.values()) one.reject(error);
      waiting.clear();
    },
  });
  return {
    ask(request, transfer) {
      if (dead !== undefined) return Promise.reject(dead);
      return new Promise((resolve, reject) => {
        const call = calls++;
        waiting.set(call, { resolve, reject });
        thread.hold();
        thread.send({ ...request, call }, transfer);
      });
    },
    opened: () => void sessions++,
    async closed() {
      if (--sessions > 0 || dead !== undefined) return;
      dead = new Error("ended");
      await thread.end();
    },
    get alive() {
      return dead === undefined;
    },
  };
}
