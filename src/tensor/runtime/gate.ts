/// <reference lib="es2024.sharedmemory" />

/**
 * Keeps a thread from being stopped inside native code: onnxruntime-node ends the whole process ("terminate called after
 * throwing an instance of 'Napi::Error'") when its JavaScript environment goes away during a run or a load. A thread
 * counts its native calls here, and whoever stops it shuts the gate and waits until the count is zero.
 */
export interface Gate {
  /** `[native calls under way, 1 when shut]` */
  readonly state: Int32Array;
}

const [BUSY, SHUT] = [0, 1] as const;

export function createGate(): Gate {
  return { state: new Int32Array(new SharedArrayBuffer(8)) };
}

/** Runs native work; once the gate is shut it never settles, because the thread is about to end. */
export async function throughGate<T>({ state }: Gate, work: () => Promise<T>): Promise<T> {
  Atomics.add(state, BUSY, 1);
  if (Atomics.load(state, SHUT) === 1) {
    leave(state);
    return new Promise<never>(() => {});
  }
  try {
    return await work();
  } finally {
    leave(state);
  }
}

function leave(state: Int32Array): void {
  Atomics.sub(state, BUSY, 1);
  Atomics.notify(state, BUSY);
}

/** Lets nothing in any more and waits until everything is out. */
export async function shutGate({ state }: Gate): Promise<void> {
  Atomics.store(state, SHUT, 1);
  for (let busy = Atomics.load(state, BUSY); busy !== 0; busy = Atomics.load(state, BUSY))
    await Atomics.waitAsync(state, BUSY, busy, 1000).value;
}

/** The same without an event loop, for a process that is exiting; gives up after `ms`. */
export function shutGateNow({ state }: Gate, ms: number): void {
  Atomics.store(state, SHUT, 1);
  let left = Math.ceil(ms / 100);
  for (let busy = Atomics.load(state, BUSY); busy !== 0 && left > 0; busy = Atomics.load(state, BUSY)) {
    if (Atomics.wait(state, BUSY, busy, 100) === "timed-out") left--;
  }
}
