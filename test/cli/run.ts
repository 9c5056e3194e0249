import { PassThrough, Readable } from "node:stream";
import { createCli } from "../../src/cli/cli.ts";
import { runProgram } from "../../src/cli/program.ts";
import { fakeRecommender } from "../../testing/fake-recommender.ts";

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  /** What the person types. */
  readonly typed?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Called with everything printed so far, whenever something is. */
  readonly onOutput?: (all: string) => void;
}

/** Runs one command line in this process, with the fake recommender behind every model. */
export async function run(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const [out, err] = [collector(options.onOutput), collector(options.onOutput)];
  const cli = createCli({
    stdin: Readable.from([options.typed ?? ""]),
    stdout: out.stream,
    stderr: err.stream,
    env: options.env ?? {},
    clock: { now: () => 1_700_000_000_000 },
    signal: options.signal ?? new AbortController().signal,
  });
  const code = await runProgram(args, cli, { loadRecommender: async () => fakeRecommender() });
  return { code, out: out.text(), err: err.text() };
}

function collector(onOutput?: (all: string) => void) {
  let text = "";
  const stream = new PassThrough();
  stream.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    onOutput?.(text);
  });
  return { stream, text: () => text };
}
