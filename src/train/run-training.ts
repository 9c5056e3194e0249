import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, systemClock } from "../base/clock.ts";
import { ForetasteError } from "../base/errors.ts";
import { hashJson } from "../base/hash.ts";
import type { RunContext } from "../base/progress.ts";
import type { Ranker } from "../data/query.ts";
import type { Metric } from "../evaluate/metrics/metric.ts";
import { ndcgBinary } from "../evaluate/metrics/ndcg.ts";
import { mae } from "../evaluate/metrics/values.ts";
import type { QualityRow } from "../evaluate/report.ts";
import { currentCommit } from "../evaluate/results.ts";
import { saveArtefact } from "../registry/registry.ts";
import { toArtefact } from "./artefact.ts";
import { judge, qualityOf } from "./compare.ts";
import type { TrainConfig } from "./config.ts";
import { type Prepared, prepare } from "./prepare.ts";
import { appendRecord, circumstances, type RunRecord } from "./record.ts";
import { type FittedSystem, type SavedParts, systemNamed } from "./systems.ts";

/** What training was judged by: lists over the whole catalogue, and predicted ratings. */
export const judgedBy: readonly Metric[] = [ndcgBinary(10), mae];

export interface TrainingResult {
  /** Folder of the saved model. */
  readonly path: string;
  readonly record: RunRecord;
  /** File the record was appended to. */
  readonly recordFile: string;
  readonly prepared: Prepared;
}

export interface RunOptions extends RunContext {
  readonly clock?: Clock;
}

/**
 * One training run: reads and splits the data, meta-trains, judges the model on the hidden people, saves it and its
 * record. Stopped or killed, the same configuration goes on from the last checkpoint.
 *
 * @throws as reading and fitting do; CANCELLED leaves the checkpoint
 * @example const { path } = await runTraining(parseTrainConfig({}, "defaults"), { progress: silentProgress });
 */
export async function runTraining(config: TrainConfig, context: RunOptions): Promise<TrainingResult> {
  const clock = context.clock ?? systemClock;
  const started = clock.now();
  const prepared = await prepare(config, context);
  const { train, dataset } = prepared;
  const checkpoints = checkpointsOf(config, dataset.hash);
  const fitted = await systemNamed(config.model.kind).fit(train, {
    purpose: "full",
    model: config.model,
    seed: config.seed,
    validFraction: config.split.validFraction,
    context,
    checkpointOf: checkpoints.of,
  });
  const seconds = (clock.now() - started) / 1000;
  const quality = await qualityAlone(fitted.ranker, prepared, { config, context }).catch(sayWhatIsKept);
  const path = await saveFitted(fitted, { config, prepared, quality, now: clock.now() });
  await checkpoints.remove();
  const record: RunRecord = {
    ...circumstances(started),
    config,
    dataset: { name: dataset.name, hash: dataset.hash, synthetic: dataset.synthetic },
    traces: fitted.traces,
    seconds,
    quality,
    model: path.slice(config.output.length + 1),
  };
  return { path, record, recordFile: await appendRecord(config.output, record), prepared };
}

interface Checkpoints {
  /** File of a part of the run. */
  of(part: string): string;
  /** Removes the files of the parts that were asked for. */
  remove(): Promise<void>;
}

/** Runs of the same configuration on the same data share their checkpoints. They go when the model is saved. */
function checkpointsOf({ output, ...config }: TrainConfig, dataHash: string): Checkpoints {
  const run = hashJson({ config, dataHash }).slice(0, 12);
  const files = new Set<string>();
  return {
    of(part) {
      const file = join(output, ".checkpoints", `${run}-${part}.safetensors`);
      files.add(file);
      return file;
    },
    async remove() {
      for (const file of files) await rm(file, { force: true });
    },
  };
}

/** A stop while the trained model is judged loses nothing: the checkpoints hold it. */
function sayWhatIsKept(error: unknown): never {
  if (!(error instanceof ForetasteError) || error.code !== "CANCELLED") throw error;
  const hint = "The trained model is kept in its checkpoint; the same command goes on from there.";
  throw new ForetasteError("CANCELLED", { ...error.parts, hint, cause: error });
}

interface QualityOptions {
  readonly config: TrainConfig;
  readonly context: RunContext;
}

async function qualityAlone(
  ranker: Ranker,
  { protocol }: Prepared,
  { config, context }: QualityOptions,
): Promise<readonly QualityRow[]> {
  if (protocol === undefined) return [];
  const options = { metrics: judgedBy, seed: config.seed, context };
  const one = await judge({ title: ranker.name, isBaseline: false, ranker }, protocol, options);
  return qualityOf([one], options).rows;
}

interface SaveOptions {
  readonly config: TrainConfig;
  readonly prepared: Pick<Prepared, "dataset">;
  readonly quality: readonly QualityRow[];
  /** Unix time in milliseconds. */
  readonly now: number;
}

/** Saves a fitted learner with what is known of its quality; returns its folder. */
export async function saveFitted(
  { parts }: Pick<FittedSystem, "parts">,
  { config, prepared, quality, now }: SaveOptions,
): Promise<string> {
  const commit = currentCommit();
  const artefact = await toArtefact(parts as SavedParts, {
    config,
    dataset: prepared.dataset,
    createdAt: now,
    metrics: metricsOf(quality),
    ...(commit === "unknown" ? {} : { commit }),
  });
  return join(config.output, await saveArtefact(config.output, artefact));
}

/** Means by metric and shots, such as `"ndcg_binary@10 at 5"`. */
function metricsOf(quality: readonly QualityRow[]): Readonly<Record<string, number>> {
  const shown = quality.filter(({ shots, mean }) => shots === 5 && Number.isFinite(mean));
  return Object.fromEntries(shown.map(({ metric, shots, mean }) => [`${metric} at ${shots} shots`, mean]));
}
