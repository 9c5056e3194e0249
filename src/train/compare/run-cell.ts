import { check } from "../../base/errors.ts";
import type { RunContext } from "../../base/progress.ts";
import { createRng } from "../../base/rng.ts";
import { partitionRows } from "../../data/splits/interactions.ts";
import { type TrainingDataset, withTraining } from "../../data/splits/training.ts";
import { evaluateRanker } from "../../evaluate/evaluate.ts";
import { defaultGroupings } from "../../evaluate/groupings.ts";
import { anyMetricNamed } from "../../evaluate/metrics/named.ts";
import { evaluatePairs, type PairEvaluation } from "../../evaluate/protocols/pairs.ts";
import { pairSystemNamed } from "../pair-systems.ts";
import { systemNamed } from "../systems.ts";
import type { Asked, World } from "./arena.ts";
import { arenaNamed } from "./arenas.ts";
import type { Answers, CellResult, CellSpec } from "./cell.ts";

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
 * @throws as fitting and evaluating do
 */
export async function runCell(world: World, spec: CellSpec, options: CellOptions): Promise<CellResult> {
  const asked = spec.stream === "test" ? world.part(spec.part) : world.inner(spec.part);
  const started = options.seconds();
  const answer = await fit(asked, spec, options);
  const fitted = options.seconds();
  const answers = await answer();
  return {
    answers,
    trainSeconds: fitted - started,
    evaluateSeconds: options.seconds() - fitted,
    peakMb: process.resourceUsage().maxRSS / 1024,
  };
}

/** Fits the system; the result answers the cases. */
async function fit(asked: Asked, spec: CellSpec, options: CellOptions): Promise<() => Promise<Answers>> {
  const { purpose, metrics, more } = arenaNamed(spec.arena.protocol);
  const { seed, settings, system } = spec;
  const { checkpointOf } = options;
  const how = {
    purpose,
    settings,
    seed,
    validFraction: VALID,
    context: options,
    ...(checkpointOf === undefined ? {} : { checkpointOf }),
  };
  const train = fewerPeople(asked.protocol.train, spec);
  if (asked.kind === "pairs") {
    const { scorer } = await pairSystemNamed(system).fit(train, how);
    const evaluation = (): Promise<PairEvaluation> =>
      evaluatePairs({ name: system, probability: scorer.probability.bind(scorer) }, asked.protocol, options);
    return async () => ({ kind: "pairs", evaluation: await evaluation() });
  }
  const { ranker } = await systemNamed(system).fit(train, how);
  const wanted = spec.stream === "test" ? [...metrics, ...more] : metrics;
  const judge = {
    metrics: wanted.map((name) => anyMetricNamed(name, asked.protocol.train)),
    groupings: spec.stream === "test" ? defaultGroupings(asked.protocol) : [],
    seed: spec.arena.seed,
    context: options,
  };
  const support = asked.protocol.groups.map(({ cases }) =>
    Int32Array.from(cases, ({ query }) => query.history.items.length),
  );
  return async () => {
    const evaluation = await evaluateRanker({ ...ranker, name: system }, asked.protocol, judge);
    return { kind: "rankings", evaluation, support };
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
