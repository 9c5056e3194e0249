import { check } from "../../base/errors.ts";
import type { RunContext } from "../../base/progress.ts";
import { createRng } from "../../base/rng.ts";
import { partitionRows } from "../../data/splits/interactions.ts";
import { type TrainingDataset, withTraining } from "../../data/splits/training.ts";
import { evaluateRanker } from "../../evaluate/evaluate.ts";
import { metricNamed } from "../../evaluate/metrics/named.ts";
import { systemNamed } from "../systems.ts";
import type { World } from "./arena.ts";
import { arenaNamed } from "./arenas.ts";
import type { CellResult, CellSpec } from "./cell.ts";

export interface CellOptions extends RunContext {
  /** Names the checkpoint file of a part of the fit; no checkpoints when absent. */
  readonly checkpointOf?: (part: string) => string;
  /** Seconds from some moment on. */
  readonly seconds: () => number;
}

/** Share of the training people that early stopping watches. */
const VALID = 0.1;

/**
 * Fits and judges one system in this process.
 *
 * @throws as reading, fitting and evaluating do
 */
export async function runCell(spec: CellSpec, options: CellOptions): Promise<CellResult> {
  return runCellIn(await arenaNamed(spec.arena.protocol).open(spec.arena, options), spec, options);
}

/** The same in a world that is open already. */
export async function runCellIn(world: World, spec: CellSpec, options: CellOptions): Promise<CellResult> {
  const arena = arenaNamed(spec.arena.protocol);
  const protocol = spec.stream === "test" ? world.part(spec.part) : world.inner(spec.part);
  const { seed, settings } = spec;
  const started = options.seconds();
  const { ranker } = await systemNamed(spec.system).fit(fewerPeople(protocol.train, spec), {
    purpose: arena.purpose,
    settings,
    seed,
    validFraction: VALID,
    context: options,
    ...(options.checkpointOf === undefined ? {} : { checkpointOf: options.checkpointOf }),
  });
  const fitted = options.seconds();
  const evaluation = await evaluateRanker({ ...ranker, name: spec.system }, protocol, {
    metrics: arena.metrics.map(metricNamed),
    seed: spec.arena.seed,
    context: options,
  });
  return {
    evaluation,
    support: protocol.groups.map(({ cases }) =>
      Int32Array.from(cases, ({ query }) => query.history.items.length),
    ),
    trainSeconds: fitted - started,
    evaluateSeconds: options.seconds() - fitted,
    peakMb: process.resourceUsage().maxRSS / 1024,
  };
}

/** The training data of a seeded share of its people. */
function fewerPeople(train: TrainingDataset, { people, seed }: CellSpec): TrainingDataset {
  if (people >= 1) return train;
  const count = Math.round(people * train.warmUsers.length);
  check(count > 0, "CONFIG", () => ({
    where: `training on ${train.name}`,
    expected: `a share that leaves somebody of ${train.warmUsers.length} people`,
    got: String(people),
  }));
  const kept = new Set(createRng(seed).split("fewer-people").sample(train.warmUsers, count));
  const { interactions } = train;
  return withTraining(train, partitionRows(interactions, (row) => kept.has(interactions.user[row]!)).kept);
}
