import { appendFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { QualityRow } from "../evaluate/report.ts";
import { type Machine, thisMachine } from "../evaluate/results.ts";
import type { RunTrace } from "./bayes-head.ts";
import type { TrainConfig } from "./config.ts";

/** One line of `runs.jsonl`: everything that is known of a finished run. */
export interface RunRecord {
  /** ISO 8601, in UTC. */
  readonly date: string;
  readonly config: TrainConfig;
  readonly machine: Machine;
  readonly dataset: { readonly name: string; readonly hash: string; readonly synthetic: boolean };
  /** What meta-training did, a part each. */
  readonly traces: Readonly<Record<string, RunTrace>>;
  readonly seconds: number;
  readonly quality: readonly QualityRow[];
  /** Id of the saved model. */
  readonly model: string;
}

/** Appends a run to `<dir>/runs.jsonl` and returns the path of the file. */
export async function appendRecord(dir: string, record: RunRecord): Promise<string> {
  const file = join(dir, "runs.jsonl");
  await mkdir(dir, { recursive: true });
  await appendFile(file, `${JSON.stringify(record)}\n`);
  return file;
}

/** Everything a record says of the circumstances. */
export function circumstances(now: number): Pick<RunRecord, "date" | "machine"> {
  return { date: new Date(now).toISOString(), machine: thisMachine() };
}
