import type { Clock } from "../../base/clock.ts";
import type { Progress } from "../../base/progress.ts";
import { isTerminal, type OutputStream } from "../colours.ts";
import { createBars } from "./bars.ts";
import { createLines } from "./lines.ts";

/** Seconds between the lines of work that runs without a terminal. */
const lineEverySeconds = 5;

/** Bars in a terminal, a plain line every few seconds anywhere else. */
export function createProgress(
  stream: OutputStream,
  { clock, env }: { readonly clock: Clock; readonly env: Readonly<Record<string, string | undefined>> },
): Progress {
  if (isTerminal(stream, env)) return createBars(stream);
  return createLines({
    write: (line) => void stream.write(`${line}\n`),
    clock,
    everyMs: lineEverySeconds * 1000,
  });
}
