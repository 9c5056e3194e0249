import { PassThrough, Readable } from "node:stream";
import { ForetasteError } from "../../src/base/errors.ts";
import { createCli } from "../../src/cli/cli.ts";
import type { Engine } from "../../src/cli/engine.ts";
import { runProgram } from "../../src/cli/program.ts";
import { fakeRecommender } from "../../testing/fake-recommender.ts";

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** What the heavy parts were called with. */
  readonly calls: readonly unknown[];
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
  const calls: unknown[] = [];
  const code = await runProgram(args, cli, fakeEngine(calls));
  return { code, out: out.text(), err: err.text(), calls };
}

/** Heavy parts that record their call and do nothing; training is stopped when its seed is 130. */
function fakeEngine(calls: unknown[]): Engine {
  const report = (...call: readonly unknown[]) => {
    calls.push(call);
    return { text: "as text", data: { as: "data" } };
  };
  return {
    async loadRecommender() {
      const fake = fakeRecommender();
      return {
        ...fake,
        async questions(request) {
          calls.push(["questions", request]);
          return (await fake.questions?.(request)) ?? [];
        },
      };
    },
    async runDemo(options, ctx) {
      ctx.print("first");
      return report("demo", options);
    },
    async runTraining(config) {
      if (config.seed === 130) throw stopped;
      return report("train", config);
    },
    runEvaluation: async (options) => report("evaluate", options),
    runComparison: async (options) => report("compare", options),
    runTransfer: async (options) => report("transfer", options),
    runTuning: async (options) => report("tune", options),
  };
}

const stopped = new ForetasteError("CANCELLED", {
  where: "training",
  expected: "30 epochs",
  got: "Ctrl-C after 4",
  hint: "Kept: the best of them.",
});

function collector(onOutput?: (all: string) => void) {
  let text = "";
  const stream = new PassThrough();
  stream.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    onOutput?.(text);
  });
  return { stream, text: () => text };
}
