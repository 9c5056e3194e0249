import { check } from "../base/errors.ts";
import { createRng } from "../base/rng.ts";
import type { Dataset } from "../data/dataset.ts";
import type { MixPeople } from "../tasks/augment/mix.ts";
import { buildInvented, describeInvented, isInvented, type PeoplePool } from "../tasks/augment/pool.ts";
import { type TaskTransform, transformed } from "../tasks/augment/transform.ts";
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
  /** People with more are left out, too; none unless told. */
  readonly maxEvents?: number;
  readonly augmentation?: Augmentation;
}

/** What is done to the people of training, never to those who are judged. */
export interface Augmentation {
  /** Given whom training may learn from: transformations of tasks, in order, with a label for their random numbers. */
  transforms(people: MixPeople): readonly (readonly [label: string, transform: TaskTransform])[];
  /** People who do not exist, and how many of them an epoch meets beside each real one. */
  readonly invented?: { readonly pool: PeoplePool; readonly ratio: number };
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
  const { seed, validFraction, validDraws, minEvents = 1, maxEvents = Infinity } = options;
  const tasks = userTasks(train, options);
  const people = tasks.users.filter((user) => {
    const events = tasks.historyOf(user).items.length;
    return events >= minEvents && events <= maxEvents;
  });
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
  const valid = draws.flat().map((config) => tasks.build(config));
  const range = train.scale.max - train.scale.min || 1;
  const { historyOf } = tasks;
  const transforms = options.augmentation?.transforms({ people: streams.train, historyOf, range }) ?? [];
  const { pool, ratio } = options.augmentation?.invented ?? { pool: [], ratio: 0 };
  const count = Math.round(ratio * streams.train.length);
  return {
    people: streams.train.length + Math.min(count, pool.length),
    sample(epoch) {
      const invented = describeInvented(pool, { count, shots: options.shots, rng: epoch });
      return [...tasks.sample(streams.train, epoch), ...invented];
    },
    build(config) {
      const task = isInvented(config) ? buildInvented(pool, config, options.maxQuery) : tasks.build(config);
      return transformed(task, transforms, config.seed);
    },
    valid,
  };
}
