import type { Clock } from "../../base/clock.ts";
import { isTerminal, type OutputStream } from "../colours.ts";
import { createBars, type StoppableProgress } from "./bars.ts";
import { createLines } from "./lines.ts";

/** Seconds between the lines of work that runs without a terminal. */
const lineEverySeconds = 5;

/** Bars in a terminal, a plain line every few seconds anywhere else. */
export function createProgress(
  stream: OutputStream,
  { clock, env }: { readonly clock: Clock; readonly env: Readonly<Record<string, string | undefined>> },
): StoppableProgress {
  if (isTerminal(stream, env)) return createBars(stream);
  const write = (line: string): void => void stream.write(`${line}\n`);
  return { ...createLines({ write, clock, everyMs: lineEverySeconds * 1000 }), stop() {} };
}
