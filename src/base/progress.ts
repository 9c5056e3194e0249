/** One running piece of long work. */
export interface ProgressTask {
  /** `done` of `total` units; `note` is a short live remark such as "loss 0.91". */
  update(done: number, note?: string): void;
  finish(note?: string): void;
}

/** How long work reports itself: a bar in a terminal, plain lines elsewhere, nothing in a library. */
export interface Progress {
  start(label: string, total: number): ProgressTask;
}

export const silentProgress: Progress = { start: () => ({ update() {}, finish() {} }) };

/** What every long-running function takes. */
export interface RunContext {
  readonly progress: Progress;
  readonly signal?: AbortSignal;
}
