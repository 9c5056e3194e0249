import { MultiBar, type SingleBar } from "cli-progress";
import type { Progress } from "../../base/progress.ts";
import type { OutputStream } from "../colours.ts";

const labelWidth = 26;

/** Progress of which nothing may be left on the screen, or in the event loop, when work is given up. */
export interface StoppableProgress extends Progress {
  stop(): void;
}

/** Progress as bars that are redrawn in place; work inside of work gets a bar below. */
export function createBars(stream: OutputStream): StoppableProgress {
  let bars: MultiBar | undefined;
  const running = new Set<SingleBar>();
  const stop = (): void => {
    running.clear();
    bars?.stop();
    bars = undefined;
  };
  const release = (bar: SingleBar): void => {
    running.delete(bar);
    if (running.size === 0) stop();
  };
  return {
    stop,
    start(label, total) {
      bars ??= createMultiBar(stream);
      const bar = bars.create(Math.max(total, 1), 0, { label: fit(label), note: "" });
      running.add(bar);
      return {
        update: (done, note) => bar.update(done, note === undefined ? {} : { note }),
        finish(note) {
          if (!running.has(bar)) return;
          bar.update(bar.getTotal(), note === undefined ? {} : { note });
          bar.stop();
          release(bar);
        },
      };
    },
  };
}

function createMultiBar(stream: OutputStream): MultiBar {
  return new MultiBar({
    format: "{label} {bar} {percentage} % {duration_formatted} {note}",
    barCompleteChar: "━",
    barIncompleteChar: "─",
    barsize: 24,
    fps: 10,
    hideCursor: true,
    stream,
    forceRedraw: true,
    gracefulExit: true,
  });
}

function fit(label: string): string {
  return label.length > labelWidth ? `${label.slice(0, labelWidth - 1)}…` : label.padEnd(labelWidth);
}
