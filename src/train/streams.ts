import { check } from "../base/errors.ts";
import { createRng } from "../base/rng.ts";
import type { Dataset } from "../data/dataset.ts";
import { splitStreams } from "../tasks/streams.ts";
import { type UserTaskOptions, userTasks } from "../tasks/users.ts";
import type { LoopTasks } from "./loop.ts";

export interface StreamOptions extends UserTaskOptions {
  readonly seed: number;
  /** Share of the people that early stopping watches. */
  readonly validFraction: number;
  /** Support sizes drawn for each of them. */
  readonly validDraws: number;
  /** People with fewer counted events are left out; 1 unless told. */
  readonly minEvents?: number;
}

/**
 * The people of a training set as the two streams of a run.
 *
 * @throws DATA when fewer than two people have enough events to be a task
 */
export function trainingStreams(
  train: Dataset,
  options: StreamOptions,
): LoopTasks & { readonly people: number } {
  const { seed, validFraction, validDraws, minEvents = 1 } = options;
  const tasks = userTasks(train, options);
  const people = tasks.users.filter((user) => tasks.historyOf(user).items.length >= minEvents);
  check(people.length >= 2, "DATA", () => ({
    where: `training on ${train.name}`,
    expected: "at least two people with events to learn from and to be judged on",
    got: String(people.length),
  }));
  const streams = splitStreams(people, { share: Math.max(validFraction, 1.5 / people.length), seed });
  const rng = createRng(seed).split("valid");
  const draws = Array.from({ length: validDraws }, (_, draw) =>
    tasks.sample(streams.outerValid, rng.split(draw)),
  );
  return {
    people: streams.train.length,
    sample: (epoch) => tasks.sample(streams.train, epoch),
    build: (config) => tasks.build(config),
    valid: draws.flat().map((config) => tasks.build(config)),
  };
}
