import { type ChildProcess, fork } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { ForetasteError } from "../../base/errors.ts";
import type { ProgressTask, RunContext } from "../../base/progress.ts";
import type { CellResult, CellSpec } from "./cell.ts";
import { type FromWorker, fromPlainError, type ToWorker } from "./messages.ts";

export interface ApartOptions extends RunContext {
  /** What its progress is called. */
  readonly label: string;
  /** Folder for checkpoints; none are written when absent. */
  readonly checkpoints?: string;
}

/** How a cell is computed: in a process of its own, or in this one by tests. */
export type RunApart = (spec: CellSpec, options: ApartOptions) => Promise<CellResult>;

/**
 * Computes a cell in a process of its own, so that its memory, its seconds and its crashes are its own.
 *
 * @throws whatever the cell throws; INTERNAL when the process ends without a result; CANCELLED
 */
export async function runApart(spec: CellSpec, options: ApartOptions): Promise<CellResult> {
  const crew = createCrew();
  try {
    return await crew.run(spec, options);
  } finally {
    crew.end();
  }
}

/** Processes that stay and have read the data, for many cells whose memory is of no interest. */
export interface Crew {
  readonly run: RunApart;
  /** Ends all of them at once. */
  end(): void;
}

export function createCrew(): Crew {
  const idle: ChildProcess[] = [];
  const all = new Set<ChildProcess>();
  return {
    async run(spec, options) {
      if (options.signal?.aborted) throw cancelled(options.label);
      const child = idle.pop() ?? start();
      all.add(child);
      const result = await ask(child, spec, options).catch((error: unknown) => {
        if (child.exitCode === null && child.signalCode === null) idle.push(child);
        throw error;
      });
      idle.push(child);
      return result;
    },
    end() {
      for (const child of all) child.kill("SIGKILL");
    },
  };
}

async function ask(child: ChildProcess, spec: CellSpec, options: ApartOptions): Promise<CellResult> {
  const stop = (): void => void child.send({ type: "stop" } satisfies ToWorker);
  options.signal?.addEventListener("abort", stop, { once: true });
  const { checkpoints } = options;
  const given = checkpoints === undefined ? {} : { checkpoints };
  try {
    const answer = answerOf(child, options);
    child.send({ type: "run", spec, ...given } satisfies ToWorker);
    return await answer;
  } finally {
    options.signal?.removeEventListener("abort", stop);
  }
}

/** Node before 22.18 needs tsx for TypeScript; a build is JavaScript. */
function start(): ChildProcess {
  const [extension = ".js"] = /\.[jt]s$/.exec(new URL(import.meta.url).pathname) ?? [];
  const entry = fileURLToPath(new URL(`./cell-worker${extension}`, import.meta.url));
  const needsTsx = extension === ".ts" && !("typescript" in process.features);
  const tsx = (): string => pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
  return fork(entry, {
    execArgv: needsTsx ? ["--import", tsx()] : [],
    serialization: "advanced",
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
}

function answerOf(child: ChildProcess, { label, progress, signal }: ApartOptions): Promise<CellResult> {
  const tasks = new Map<number, ProgressTask>();
  let lastWords = "";
  const listen = (text: string): void => {
    lastWords = (lastWords + text).slice(-2000);
  };
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      for (const task of tasks.values()) task.finish();
      child.off("message", hear).off("error", fail).off("close", close);
      child.stderr?.off("data", listen);
      act();
    };
    const hear = (message: FromWorker): void => {
      if (message.type === "done") return settle(() => resolve(message.result));
      if (message.type === "failed") return settle(() => reject(fromPlainError(message.error)));
      if (message.type === "start") {
        const task = progress.start(`${label}: ${message.label}`, message.total);
        return void tasks.set(message.id, task);
      }
      if (message.type === "update") return tasks.get(message.id)?.update(message.done, message.note);
      tasks.get(message.id)?.finish(message.note);
      tasks.delete(message.id);
    };
    const fail = (error: Error): void => settle(() => reject(error));
    const close = (code: number | null, by: NodeJS.Signals | null): void =>
      settle(() => reject(signal?.aborted ? cancelled(label) : ended(label, by ?? code, lastWords)));
    child.on("message", hear).on("error", fail).on("close", close);
    child.stderr?.setEncoding("utf8").on("data", listen);
  });
}

function ended(label: string, how: string | number | null, lastWords: string): ForetasteError {
  const words = lastWords.trim().split("\n").slice(-3).join(" / ");
  const hint = how === "SIGKILL" ? "Perhaps the machine ran out of memory: try fewer --jobs." : "";
  return new ForetasteError("INTERNAL", {
    where: label,
    expected: "a result",
    got: `a process that ended with ${how}${words === "" ? "" : `: ${words}`}`,
    ...(hint === "" ? {} : { hint }),
  });
}

function cancelled(label: string): ForetasteError {
  return new ForetasteError("CANCELLED", { where: label, expected: "a result", got: "a stop" });
}
