import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** What a side says once it has compiled and run a case for the first time. */
export interface Ready {
  readonly compile_ms: number;
  readonly loss: number;
  /** The Euclidean norm of each gradient. */
  readonly checks: Readonly<Record<string, number>>;
  readonly version: string;
  readonly cost?: { readonly flops: number; readonly bytes: number; readonly nodes: number };
}

/** One system on one case, in a process of its own that waits between its turns. */
export interface Side {
  readonly name: string;
  readonly ready: Ready;
  /** Milliseconds of each of `n` steps. */
  run(n: number): Promise<number[]>;
  /** Ends the process; its peak of resident memory in MB. */
  stop(): Promise<number>;
}

type Message = Ready & { readonly ms: number[]; readonly peak_mb: number; readonly unsupported?: string };

/**
 * Starts a side on as many cores as it may use threads.
 *
 * @returns the side, or the reason why it does not take the case or failed at it
 */
export async function startSide(
  name: string,
  command: readonly string[],
  threads: number,
): Promise<Side | string> {
  const cores = Array.from({ length: threads }, (_, i) => i).join(",");
  const child = spawn("taskset", ["-c", cores, ...command]);
  const log: string[] = [];
  child.stderr.on("data", (text: Buffer) => log.push(text.toString()));
  const ask = conversation(child, log);
  const ready = await ask().catch((error: Error) => error);
  if (ready instanceof Error) return ready.message;
  if (ready.unsupported !== undefined) return ready.unsupported;
  return {
    name,
    ready,
    run: async (n) => (await ask({ run: n })).ms,
    async stop() {
      // What is freed on the way out must not take the cores from the next row.
      const gone = new Promise((resolve) => child.once("exit", resolve));
      const { peak_mb: peakMb } = await ask({ stop: true });
      await gone;
      return peakMb;
    },
  };
}

/** The line of a trace that names the error. */
function reasonIn(log: string): string {
  const lines = log.split("\n").filter((line) => line.trim() !== "");
  return lines.find((line) => /^\w*Error/.test(line)) ?? lines.at(-1) ?? "it said nothing";
}

/** Each call says something and waits for one line. */
function conversation(
  child: ChildProcessWithoutNullStreams,
  log: readonly string[],
): (order?: object) => Promise<Message> {
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return async (order) => {
    if (order !== undefined) child.stdin.write(`${JSON.stringify(order)}\n`);
    const line: IteratorResult<string, unknown> = await lines.next();
    if (line.done === true) throw new Error(`ended without an answer: ${reasonIn(log.join(""))}`);
    return JSON.parse(line.value) as Message;
  };
}
