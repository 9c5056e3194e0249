import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { type Transferable, Worker } from "node:worker_threads";
import { ForetasteError } from "../../base/errors.ts";
import { createGate, type Gate, shutGate, shutGateNow } from "./gate.ts";

/** A worker thread that runs native code and can be ended without taking the process along. */
export interface Thread {
  send(message: unknown, transfer?: readonly Transferable[]): void;
  /** While held, the thread keeps the process alive; a thread that nobody holds does not. */
  hold(): void;
  letGo(): void;
  /** Ends the thread after its native call, if it is in one. What is still expected of it never comes. */
  end(): Promise<void>;
}

export interface ThreadOptions {
  /** The module to run, beside the caller: `threadEntry(import.meta.url, "name")`. */
  readonly entry: URL;
  /** Who it is, in messages. */
  readonly name: string;
  /** Given to the module beside its gate. */
  readonly data?: Readonly<Record<string, unknown>>;
  onMessage(message: unknown): void;
  /** The thread ended by itself: nothing sent will be answered any more. */
  onDeath(error: ForetasteError): void;
}

/** What an entry module finds in `workerData`. */
export interface ThreadData {
  readonly gate: Gate;
}

/** The module `name` beside the one at `url`: TypeScript in the source tree, JavaScript in a build. */
export function threadEntry(url: string, name: string): URL {
  return new URL(`./${name}${/\.[jt]s$/.exec(new URL(url).pathname)?.[0] ?? ".js"}`, url);
}

export function startThread({ entry, name, data, onMessage, onDeath }: ThreadOptions): Thread {
  const gate = createGate();
  const worker = new Worker(...launch(entry, { ...data, gate }));
  let held = 0;
  let ending = false;
  let lastWords = "";
  const ended = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  worker.unref();
  worker.on("message", onMessage);
  worker.on("error", (error: Error) => {
    lastWords = `: ${error.message}`;
  });
  worker.once("exit", (code) => {
    forget(gate);
    if (!ending) onDeath(death(name, `an end with exit code ${code}${lastWords}`));
  });
  remember(gate);
  return {
    send: (message, transfer = []) => worker.postMessage(message, transfer),
    hold: () => void (held++ === 0 && worker.ref()),
    letGo: () => void (--held === 0 && worker.unref()),
    async end() {
      ending = true;
      worker.ref();
      await Promise.race([shutGate(gate), ended]);
      await worker.terminate();
    },
  };
}

function death(name: string, got: string): ForetasteError {
  const hint = "What it had under way is lost; compile again to start another.";
  return new ForetasteError("INTERNAL", { where: name, expected: "a thread that runs", got, hint });
}

/** How a worker runs `entry`. Node before 22.18 needs tsx for TypeScript; a build is JavaScript. */
function launch(entry: URL, workerData: unknown): ConstructorParameters<typeof Worker> {
  const options = { workerData, execArgv: [] };
  if (!entry.pathname.endsWith(".ts") || "typescript" in process.features) return [entry, options];
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx/package.json"));
  const api = new URL("dist/esm/api/index.mjs", tsx).href;
  const code = `import(${JSON.stringify(api)}).then(({ register }) => {
    register();
    return import(${JSON.stringify(entry.href)});
  });`;
  return [code, { ...options, eval: true }];
}

/** Longest that an exiting process waits for native calls of its threads. */
const EXIT_MS = 10_000;

const gates = new Set<Gate>();

function remember(gate: Gate): void {
  if (gates.size === 0) process.on("exit", shutAll);
  gates.add(gate);
}

function forget(gate: Gate): void {
  gates.delete(gate);
  if (gates.size === 0) process.off("exit", shutAll);
}

function shutAll(): void {
  for (const gate of gates) shutGateNow(gate, EXIT_MS);
}
