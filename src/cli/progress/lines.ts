import type { Clock } from "../../base/clock.ts";
import type { Progress } from "../../base/progress.ts";

export interface LineOptions {
  readonly write: (line: string) => void;
  readonly clock: Clock;
  /** At most one line in this time, besides the last one of each task. */
  readonly everyMs: number;
}

/** Progress as plain lines: `training: 40 % (12 of 30), loss 0.91`, and one at the end of each task. */
export function createLines({ write, clock, everyMs }: LineOptions): Progress {
  return {
    start(label, total) {
      const started = clock.now();
      let last = started;
      return {
        update(done, note) {
          const now = clock.now();
          if (now - last < everyMs) return;
          last = now;
          const share =
            total > 0 ? `${Math.floor((100 * done) / total)} % (${done} of ${total})` : String(done);
          write(`${label}: ${share}${note === undefined ? "" : `, ${note}`}`);
        },
        finish(note) {
          const seconds = ((clock.now() - started) / 1000).toFixed(1);
          write(`${label}: done in ${seconds} s${note === undefined ? "" : `, ${note}`}`);
        },
      };
    },
  };
}
