/** A process that computes one cell and ends; `apart.ts` starts it. */
import { join } from "node:path";
import type { Progress } from "../../base/progress.ts";
import { type FromWorker, type ToWorker, toPlainError } from "./messages.ts";
import { runCell } from "./run-cell.ts";

const stop = new AbortController();
// The terminal sends Ctrl-C to everybody: the parent decides who stops, and how.
process.on("SIGINT", () => {});
process.on("disconnect", () => process.exit(1));
process.on("message", (message: ToWorker) => {
  if (message.type === "stop") stop.abort();
  else void work(message);
});

async function work({ spec, checkpoints }: Extract<ToWorker, { type: "run" }>): Promise<void> {
  const options = {
    progress: progressTo(send),
    signal: stop.signal,
    seconds: () => performance.now() / 1000,
    ...(checkpoints === undefined
      ? {}
      : { checkpointOf: (part: string) => join(checkpoints, `${part}.safetensors`) }),
  };
  try {
    await send({ type: "done", result: await runCell(spec, options) });
  } catch (error) {
    await send({ type: "failed", error: toPlainError(error) });
  }
  process.exit(0);
}

function send(message: FromWorker): Promise<void> {
  return new Promise((sent) => {
    if (process.send?.(message, undefined, {}, () => sent()) === undefined) sent();
  });
}

/** Progress told to the parent, at most five times a second a task. */
function progressTo(tell: (message: FromWorker) => Promise<void>): Progress {
  let tasks = 0;
  return {
    start(label, total) {
      const id = tasks++;
      let last = 0;
      void tell({ type: "start", id, label, total });
      return {
        update(done, note) {
          if (performance.now() - last < 200) return;
          last = performance.now();
          void tell({ type: "update", id, done, ...(note === undefined ? {} : { note }) });
        },
        finish: (note) => void tell({ type: "finish", id, ...(note === undefined ? {} : { note }) }),
      };
    },
  };
}
