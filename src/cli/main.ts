/** The command line itself: gives the program the real streams, and the shell the exit code. */
import { systemClock } from "../base/clock.ts";
import { createCli } from "./cli.ts";
import { createInterrupt } from "./interrupt.ts";
import { runProgram } from "./program.ts";
import { realEngine } from "./real-engine.ts";

const { stdin, stdout, stderr, env } = process;
// A reader that has seen enough (`| head`) is no failure.
for (const stream of [stdout, stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
}
const interrupt = createInterrupt(
  process,
  (text) => void stderr.write(`${text}\n`),
  () => process.exit(130),
);
const cli = createCli({ stdin, stdout, stderr, env, clock: systemClock, signal: interrupt.signal });
process.exitCode = await runProgram(process.argv.slice(2), cli, realEngine);
interrupt.dispose();
