import { appendFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { check, ForetasteError } from "../../base/errors.ts";
import { hashJson } from "../../base/hash.ts";
import type { Settings, Space } from "../../base/settings.ts";
import type { ArenaRequest } from "../compare/arena.ts";
import type { RungResult } from "./halving.ts";
import type { EffortOf } from "./measure.ts";

/** Everything that decides which trials a study makes. */
export interface StudyHeader {
  readonly system: string;
  readonly arena: Omit<ArenaRequest, "data">;
  /** Name and content hash of the data. */
  readonly dataset: string;
  readonly dataHash: string;
  readonly space: Space;
  readonly search: "random" | "tpe" | "halving";
  readonly trials: number;
  readonly metric: string;
  /** Only this state is judged; all unless told. */
  readonly state?: string;
  readonly effortOf: EffortOf;
}

/** One measurement. */
export interface TrialLine extends RungResult {
  readonly settings: Settings;
  /** Share of the full effort. */
  readonly effort: number;
  /** The metric as it is named; absent for a failure. */
  readonly measured?: number;
  readonly error?: string;
  readonly trainSeconds: number;
}

/** A study as a file of JSON lines: what it is, then a measurement a line. */
export interface Study {
  readonly file: string;
  /** Trials suggested from the same knowledge: as many as ran at once when the study was begun. */
  readonly batch: number;
  readonly lines: readonly TrialLine[];
  append(line: TrialLine): Promise<Study>;
}

/**
 * Opens a study, or begins it with this size of batches. A last line that a crash cut off is dropped and measured again.
 *
 * @throws CONFIG when the file is of another study, ARTEFACT when it is no study
 */
export async function openStudy(file: string, header: StudyHeader, batch: number): Promise<Study> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  const [first, ...rest] = whole(text);
  if (first === undefined) {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `${JSON.stringify({ ...header, batch })}\n`);
    return studyOf(file, batch, []);
  }
  const found = parseLine(file, 1, first) as StudyHeader & { readonly batch: number };
  checkSame(file, found, header);
  const lines = rest.map((line, at) => readTrial(parseLine(file, at + 2, line)));
  const kept = [first, ...rest].map((line) => `${line}\n`).join("");
  if (kept !== text) await writeFile(file, kept);
  return studyOf(file, found.batch, lines);
}

function studyOf(file: string, batch: number, lines: readonly TrialLine[]): Study {
  return {
    file,
    batch,
    lines,
    append: async (line) => {
      await appendFile(file, `${JSON.stringify(line)}\n`);
      return studyOf(file, batch, [...lines, line]);
    },
  };
}

/** Lines that were written to their end. */
function whole(text: string): string[] {
  return text.split("\n").slice(0, -1);
}

function parseLine(file: string, line: number, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const parts = { where: `${file}:${line}`, expected: "a line of a study", got: text.slice(0, 60), cause };
    throw new ForetasteError("ARTEFACT", parts);
  }
}

/** JSON knows no NaN: a failed trial has none of its value. */
function readTrial(line: unknown): TrialLine {
  const trial = line as TrialLine & { readonly value: number | null };
  return { ...trial, value: trial.value ?? Number.NaN };
}

function checkSame(file: string, found: StudyHeader, header: StudyHeader): void {
  const { batch: _, ...asked } = found as StudyHeader & { readonly batch?: number };
  const differs = [...new Set([...Object.keys(header), ...Object.keys(asked)])].filter((key) => {
    const name = key as keyof StudyHeader;
    // Only halving plans for a number of trials: another study can be given more of them.
    if (name === "trials" && header.search !== "halving") return false;
    return hashJson(found[name] ?? null) !== hashJson(header[name] ?? null);
  });
  check(differs.length === 0, "CONFIG", () => ({
    where: file,
    expected: "a study that asks the same",
    got: `one with another ${differs.join(", ")}`,
    hint: "Name another file with --study, or repeat the options it was begun with.",
  }));
}
