import type { Clock } from "../base/clock.ts";
import type { RunContext } from "../base/progress.ts";
import { type Colours, coloursFor, type OutputStream } from "./colours.ts";
import type { StoppableProgress } from "./progress/bars.ts";
import { createProgress } from "./progress/progress.ts";

/** The world outside of the program: streams, environment, time. Tests pass their own. */
export interface Outside {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Aborted when the user asks to stop. */
  readonly signal: AbortSignal;
}

/** What every command is given. Results go to stdout, everything else to stderr, so that a pipe gets results only. */
export interface Cli extends Outside {
  readonly colours: Colours;
  readonly progress: StoppableProgress;
  readonly context: RunContext;
  /** Prints a result and a line break. */
  print(text: string): void;
  /** Prints a remark for the person at the terminal. */
  say(text: string): void;
}

export function createCli(outside: Outside): Cli {
  const { stdout, stderr, env, clock, signal } = outside;
  const progress = createProgress(stderr, { clock, env });
  return {
    ...outside,
    colours: coloursFor(stdout, env),
    progress,
    context: { progress, signal },
    print: (text) => void stdout.write(`${text}\n`),
    say: (text) => void stderr.write(`${text}\n`),
  };
}
