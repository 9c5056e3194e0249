/** A process that computes cells, one after the other; `apart.ts` starts and ends it. */
import { join } from "node:path";
import type { Progress } from "../../base/progress.ts";
import type { Asked, World } from "./arena.ts";
import { arenaNamed } from "./arenas.ts";
import type { CellSpec } from "./cell.ts";
import { type FromWorker, type ToWorker, toPlainError } from "./messages.ts";
import { type CellOptions, runCell } from "./run-cell.ts";

let stop = new AbortController();
const worlds = new Map<string, Promise<World>>();
// The terminal sends Ctrl-C to everybody: the parent decides who stops, and how.
process.on("SIGINT", () => {});
process.on("disconnect", () => process.exit(1));
process.on("message", (message: ToWorker) => {
  if (message.type === "stop") stop.abort();
  else void work(message);
});

async function work({ spec, checkpoints }: Extract<ToWorker, { type: "run" }>): Promise<void> {
  stop = new AbortController();
  const options = {
    progress: progressTo(send),
    signal: stop.signal,
    seconds: () => performance.now() / 1000,
    ...(checkpoints === undefined
      ? {}
      : { checkpointOf: (part: string) => join(checkpoints, `${part}.safetensors`) }),
  };
  try {
    const world = await openOnce(spec, options);
    await send({ type: "done", result: await runCell(world, spec, options) });
  } catch (error) {
    await send({ type: "failed", error: toPlainError(error) });
  }
}

/** Data is read, and its cases made, once for all cells that ask for the same. */
function openOnce({ arena }: CellSpec, options: CellOptions): Promise<World> {
  const key = JSON.stringify(arena);
  const known = worlds.get(key);
  if (known !== undefined) return known;
  const opened = arenaNamed(arena.protocol).open(arena, options).then(remembering);
  worlds.clear();
  worlds.set(key, opened);
  return opened;
}

/** The same world, whose cases are made once. */
function remembering(world: World): World {
  const made = new Map<string, Asked>();
  const once = (key: string, make: () => Asked): Asked => {
    const asked = made.get(key) ?? make();
    made.set(key, asked);
    return asked;
  };
  return {
    ...world,
    part: (index) => once(`part ${index}`, () => world.part(index)),
    inner: (index) => once(`inner ${index}`, () => world.inner(index)),
  };
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
