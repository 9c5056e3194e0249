import { execFileSync } from "node:child_process";
import { cpus, totalmem } from "node:os";
import { type Clock, systemClock } from "../base/clock.ts";

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly node: string;
}

/** What a results file says besides its figures. */
export interface ResultsHeader {
  /** One sentence: what was measured. */
  readonly what: string;
  /** The command that makes the file again. */
  readonly command: string;
  /** The commit measured; asked of git unless given. */
  readonly commit?: string;
  readonly clock?: Clock;
}

/** This machine, for the header of whatever is measured on it. */
export function thisMachine(): Machine {
  const [first, ...others] = cpus();
  const memoryGb = Math.round(totalmem() / 2 ** 30);
  return { cpu: first?.model ?? "unknown", cores: others.length + 1, memoryGb, node: process.version };
}

/** The commit checked out here, with "+" when the tree differs from it; "unknown" outside a repository. */
export function currentCommit(): string {
  try {
    const git = (...args: string[]): string =>
      execFileSync("git", args, { encoding: "utf8", stdio: "pipe" }).trim();
    const changed = git("status", "--porcelain", "--untracked-files=no") !== "";
    return git("rev-parse", "--short=12", "HEAD") + (changed ? "+" : "");
  } catch {
    return "unknown";
  }
}

/**
 * The text of a results file: header, machine and rows, one figure a row; numbers that are not finite become null. The
 * caller writes it, because evaluation touches no files.
 *
 * @example writeFileSync("bench/results/melu.json", resultsText({ what: "MeLU", command: "npm run bench:melu" }, rows));
 */
export function resultsText(header: ResultsHeader, rows: readonly object[]): string {
  const { what, command, commit = currentCommit(), clock = systemClock } = header;
  const date = new Date(clock.now()).toISOString();
  const lines = rows.map((row) => `    ${JSON.stringify(row, rounded)}`).join(",\n");
  const head = JSON.stringify({ what, command, commit, date, machine: thisMachine() }, undefined, 2);
  return `${head.slice(0, -2)},\n  "rows": [\n${lines}\n  ]\n}\n`;
}

/** Six significant digits of what is not an integer: more would be noise and make differences unreadable. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isInteger(value) && Number.isFinite(value)
    ? Number(value.toPrecision(6))
    : value;
}
