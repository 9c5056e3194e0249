import { ForetasteError } from "../../base/errors.ts";
import type { RunContext } from "../../base/progress.ts";
import { createRng } from "../../base/rng.ts";
import type { Settings, Space } from "../../base/settings.ts";
import { runPool } from "../compare/pool.ts";
import { effortOf, type HalvingOptions, nextJob, type RungJob } from "./halving.ts";
import type { Suggest } from "./search.ts";
import type { Study, TrialLine } from "./study.ts";

/** What a study needs to make its trials. */
export interface StudyPlan {
  readonly space: Space;
  /** Where the search begins: the defaults, so that what it finds is no worse. */
  readonly first: Settings;
  readonly suggest: Suggest;
  readonly halving: HalvingOptions;
  /** Trials suggested from the same knowledge; the study is the same however many run at once. */
  readonly batch: number;
  readonly jobs: number;
  readonly seed: number;
  /** @throws what makes the trial a failed one, CANCELLED stops the study */
  measure(settings: Settings, effort: number, label: string): Promise<Measurement>;
}

interface Measurement {
  /** Lower is better. */
  readonly value: number;
  readonly measured: number;
  readonly trainSeconds: number;
}

/**
 * Runs a study to its end. Every decision depends on the seed and on earlier batches only, and what the file holds
 * already is not measured again: a study that was stopped goes on as if it never had been.
 *
 * @throws CANCELLED; the file holds every finished measurement
 */
export async function runStudy(
  study: Study,
  plan: StudyPlan,
  context: RunContext,
): Promise<readonly TrialLine[]> {
  const known = new Map(study.lines.map((line) => [keyOf(line), line]));
  const settings = new Map<number, Settings>();
  const history: TrialLine[] = [];
  const bar = context.progress.start("tune", plan.halving.trials);
  let file = study;
  const one = async (job: RungJob): Promise<TrialLine> => {
    const found = known.get(keyOf(job));
    if (found !== undefined) return found;
    const line = await measured(job, settings.get(job.trial) ?? {}, plan);
    file = await file.append(line);
    return line;
  };
  for (let jobs = nextBatch(history, plan); jobs.length > 0; jobs = nextBatch(history, plan)) {
    for (const { trial } of jobs) {
      if (!settings.has(trial)) settings.set(trial, suggested(trial, history, plan));
    }
    history.push(
      ...(await runPool(
        jobs.map((job) => () => one(job)),
        plan.jobs,
      )),
    );
    bar.update(new Set(history.map(({ trial }) => trial)).size, remark(history));
  }
  bar.finish(remark(history));
  return history;
}

function nextBatch(history: readonly TrialLine[], { batch, halving }: StudyPlan): RungJob[] {
  const jobs: RungJob[] = [];
  while (jobs.length < batch) {
    const job = nextJob(history, jobs, halving);
    if (job === undefined) break;
    jobs.push(job);
  }
  return jobs;
}

function suggested(
  trial: number,
  history: readonly TrialLine[],
  { first, suggest, space, seed }: StudyPlan,
): Settings {
  if (trial === 0) return first;
  return suggest(space, history, createRng(seed).split("tune").split(trial));
}

async function measured({ trial, rung }: RungJob, settings: Settings, plan: StudyPlan): Promise<TrialLine> {
  const effort = effortOf(rung, plan.halving);
  const line = { trial, rung, settings, effort };
  try {
    const label = `trial ${trial + 1}${effort < 1 ? ` at ${Math.round(100 * effort)} %` : ""}`;
    return { ...line, ...(await plan.measure(settings, effort, label)) };
  } catch (error) {
    if (!(error instanceof ForetasteError) || error.code === "CANCELLED" || error.code === "CONFIG")
      throw error;
    return { ...line, value: Number.NaN, error: error.message, trainSeconds: 0 };
  }
}

/** The best measurement of those with the most effort. */
export function bestOf(history: readonly TrialLine[]): TrialLine | undefined {
  const known = history.filter(({ value }) => Number.isFinite(value));
  return [...known].sort((a, b) => b.rung - a.rung || a.value - b.value || a.trial - b.trial)[0];
}

function remark(history: readonly TrialLine[]): string {
  const best = bestOf(history);
  return best?.measured === undefined ? "" : `best ${best.measured.toFixed(4)} (trial ${best.trial + 1})`;
}

function keyOf({ trial, rung }: RungJob): string {
  return `${trial}/${rung}`;
}
