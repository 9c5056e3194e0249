import { check, ForetasteError } from "../base/errors.ts";
import type { RunContext } from "../base/progress.ts";
import { createRng, type Rng } from "../base/rng.ts";
import type { Learner } from "../meta/learner.ts";
import type { Task, TaskConfig } from "../tasks/task.ts";
import {
  type Counters,
  type EpochMetrics,
  readCheckpoint,
  type Snapshot,
  saveCheckpoint,
} from "./checkpoint.ts";
import { blendInto, copyTree } from "./trees.ts";

/** The two streams of a run: tasks to learn from, and those of other people to stop by. */
export interface LoopTasks {
  /** Descriptions of one epoch, in any order. */
  sample(rng: Rng): readonly TaskConfig[];
  readonly build: (config: TaskConfig) => Task;
  /** `outerValid`, built once. */
  readonly valid: readonly Task[];
}

export interface LoopOptions {
  /** What the progress is called. */
  readonly label: string;
  readonly seed: number;
  /** At most this many passes over the tasks. */
  readonly epochs: number;
  readonly batchTasks: number;
  /** Earlier tasks that each batch meets again beside its own, drawn from the last {@link REPLAYED}; none unless told. */
  readonly replay?: number;
  /** Epochs without a better `outerValid` before it stops; 0 goes on to the end and keeps the last prior. */
  readonly patience: number;
  /** Decay of a moving average of the prior, which is then what is judged and kept; without it, the last prior is. */
  readonly averaging?: number;
  /**
   * File to write the state to after every epoch and when stopped; a run that finds it goes on from there, and does no
   * step when it was finished. It is the caller's to remove, once the prior is safe elsewhere.
   */
  readonly checkpoint?: string;
  readonly context: RunContext;
}

export interface Trained<Prior> {
  /** The best on `outerValid`. */
  readonly prior: Prior;
  /** 0 when no epoch was better than the prior as it was drawn. */
  readonly bestEpoch: number;
  /** Loss on `outerValid` of the best. */
  readonly bestValid: number;
  readonly history: readonly EpochMetrics[];
  /** Epochs a checkpoint brought along. */
  readonly resumed: number;
}

/** Steps over which the moving average opens, so that it does not remember how the prior was drawn. */
const AVERAGE_OPENS = 10;

/** Tasks that experience replay draws from. */
const REPLAYED = 2048;

/**
 * Meta-trains a learner: epochs of described tasks in batches, judged on `outerValid` after each; the best prior is kept.
 * Every random number depends on the seed, the epoch and the step only, so a resumed run gives the same numbers as one
 * that was never interrupted.
 *
 * @throws NUMERIC when a loss is not finite, CANCELLED (after writing the checkpoint), ARTEFACT for a foreign
 * checkpoint, SPLIT without validation tasks
 * @example
 * const { prior } = await metaTrain(learner, tasks, { label: "train", seed: 1, epochs: 8, batchTasks: 128, patience: 3, context });
 */
export async function metaTrain<Prior, Fitted, State>(
  learner: Learner<Prior, Fitted, State>,
  tasks: LoopTasks,
  options: LoopOptions,
): Promise<Trained<Prior>> {
  check(tasks.valid.length > 0, "SPLIT", () => ({
    where: `training of ${learner.name}`,
    expected: "somebody to stop by",
    got: "no validation task",
    hint: "Raise split.validFraction, or bring more people.",
  }));
  const rng = createRng(options.seed).split(`train/${learner.name}`);
  const run: Run<Prior, Fitted, State> = { learner, tasks, options, rng };
  let now = await begin(run);
  const resumed = now.counters.epoch;
  const bar = startBar(run);
  while (now.counters.epoch < options.epochs && patient(now, options)) {
    now = await oneEpoch(run, now, bar);
    if (options.checkpoint !== undefined) await saveCheckpoint(options.checkpoint, now);
  }
  const { bestEpoch, bestValid, history } = now.counters;
  bar.finish(`best epoch ${bestEpoch} of ${history.length}, validation ${bestValid.toFixed(4)}`);
  return { prior: now.best, bestEpoch, bestValid, history, resumed };
}

interface Run<Prior, Fitted, State> {
  readonly learner: Learner<Prior, Fitted, State>;
  readonly tasks: LoopTasks;
  readonly options: LoopOptions;
  readonly rng: Rng;
}

async function begin<P, F, S>({ learner, tasks, options, rng }: Run<P, F, S>): Promise<Snapshot<P, S>> {
  const state = learner.init(rng.split("init"));
  const prior = copyTree(learner.prior(state));
  const counters = { epoch: 0, step: 0, steps: 0, lossSum: 0, bestEpoch: 0, history: [] };
  const fresh = { state, average: prior, best: prior, counters: { ...counters, bestValid: Number.NaN } };
  const { checkpoint } = options;
  const found = checkpoint === undefined ? undefined : await readCheckpoint(checkpoint, fresh);
  if (found !== undefined) return found;
  const bestValid = await validate(learner, prior, tasks.valid);
  return { ...fresh, average: copyTree(prior), counters: { ...counters, bestValid } };
}

function patient<P, S>({ counters }: Snapshot<P, S>, { patience }: LoopOptions): boolean {
  return patience === 0 || counters.epoch - counters.bestEpoch < patience;
}

function startBar<P, F, S>({ tasks, options, rng }: Run<P, F, S>): Bar {
  const steps = Math.ceil(tasks.sample(rng.split("epoch/0")).length / options.batchTasks);
  const bar = options.context.progress.start(options.label, steps * options.epochs);
  return {
    update: ({ epoch, step, lossSum, bestValid }) => {
      const loss = step === 0 ? "" : `, loss ${(lossSum / step).toFixed(3)}`;
      bar.update(epoch * steps + step, `validation ${bestValid.toFixed(3)}${loss}`);
    },
    finish: (note) => bar.finish(note),
  };
}

interface Bar {
  update(counters: Counters): void;
  finish(note: string): void;
}

async function oneEpoch<P, F, S>(run: Run<P, F, S>, from: Snapshot<P, S>, bar: Bar): Promise<Snapshot<P, S>> {
  const { learner, tasks, options, rng } = run;
  const epoch = rng.split(`epoch/${from.counters.epoch}`);
  const configs = describedIn(run, from.counters.epoch);
  const before = options.replay ? describedIn(run, from.counters.epoch - 1) : [];
  let now = from;
  while (now.counters.step * options.batchTasks < configs.length) {
    if (options.context.signal?.aborted) throw await stopped(run, now);
    const { step } = now.counters;
    const [start, end] = [step * options.batchTasks, (step + 1) * options.batchTasks];
    const stream = epoch.split(`step/${step}`);
    const met = [...before, ...configs.slice(0, start)].slice(-REPLAYED);
    const again = stream.split("replay").sample(met, Math.min(options.replay ?? 0, met.length));
    const batch = [...configs.slice(start, end), ...again].map(tasks.build);
    now = await oneStep(run, now, { batch, rng: stream });
    bar.update(now.counters);
  }
  const prior = options.averaging === undefined ? copyTree(learner.prior(now.state)) : copyTree(now.average);
  const valid = await validate(learner, prior, tasks.valid);
  checkFinite(valid, `${learner.name}, validation after epoch ${now.counters.epoch + 1}`);
  return closeEpoch(now, prior, { valid, always: options.patience === 0 });
}

/** The descriptions of an epoch in the order they are met: a function of the seed, so that replay needs no memory. */
function describedIn<P, F, S>({ tasks, rng }: Run<P, F, S>, epoch: number): readonly TaskConfig[] {
  if (epoch < 0) return [];
  const stream = rng.split(`epoch/${epoch}`);
  return stream.split("order").shuffle(tasks.sample(stream.split("tasks")));
}

interface Step {
  readonly batch: readonly Task[];
  readonly rng: Rng;
}

async function oneStep<P, F, S>(
  { learner, options }: Run<P, F, S>,
  { state, average, best, counters }: Snapshot<P, S>,
  { batch, rng }: Step,
): Promise<Snapshot<P, S>> {
  const [next, info] = await learner.metaStep(state, batch, rng);
  const loss = info["loss"] ?? Number.NaN;
  checkFinite(loss, `${learner.name}, epoch ${counters.epoch + 1}, step ${counters.step + 1}`);
  if (options.averaging !== undefined) {
    const opening = (1 + counters.steps) / (AVERAGE_OPENS + counters.steps);
    blendInto(average, learner.prior(next), Math.min(options.averaging, opening));
  }
  const moved = { step: counters.step + 1, steps: counters.steps + 1, lossSum: counters.lossSum + loss };
  return { state: next, average, best, counters: { ...counters, ...moved } };
}

/** The counters after an epoch, and its prior where it is the best so far, or where the last one is kept. */
function closeEpoch<P, S>(
  { counters, ...rest }: Snapshot<P, S>,
  prior: P,
  { valid, always }: { readonly valid: number; readonly always: boolean },
): Snapshot<P, S> {
  const epoch = counters.epoch + 1;
  const history = [...counters.history, { epoch, loss: counters.lossSum / counters.step, valid }];
  const ended = { ...counters, epoch, step: 0, lossSum: 0, history };
  if (!always && valid >= counters.bestValid) return { ...rest, counters: ended };
  return { ...rest, best: prior, counters: { ...ended, bestEpoch: epoch, bestValid: valid } };
}

async function validate<P, F, S>(
  learner: Learner<P, F, S>,
  prior: P,
  valid: readonly Task[],
): Promise<number> {
  const losses = await learner.queryLoss(prior, valid);
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

function checkFinite(loss: number, where: string): void {
  check(Number.isFinite(loss), "NUMERIC", () => ({
    where,
    expected: "a finite loss",
    got: String(loss),
    hint: "Training diverged: lower the learning rate or the clip norm.",
  }));
}

async function stopped<P, F, S>({ options }: Run<P, F, S>, now: Snapshot<P, S>): Promise<ForetasteError> {
  const { checkpoint, label, epochs } = options;
  if (checkpoint !== undefined) await saveCheckpoint(checkpoint, now);
  return new ForetasteError("CANCELLED", {
    where: label,
    expected: `${epochs} epochs`,
    got: `a stop after ${now.counters.epoch}`,
    ...(checkpoint === undefined ? {} : { hint: "The same command goes on from here." }),
  });
}
