import { createRng, type Rng } from "../../base/rng.ts";
import type { Task } from "../task.ts";

/**
 * Changes a training task. Pure: the given task stays as it was, the stream alone decides what is random, and nothing
 * of the query gets into the support.
 */
export type TaskTransform = (task: Task, rng: Rng) => Task;

/**
 * Several transformations as one, first to last; each has a stream of its own, so leaving one out leaves the others'
 * numbers as they were.
 *
 * @param seed of the task's description, so that an episode can be replayed
 * @example const task = transformed(tasks.build(config), [subsampleSupport(0.3)], config.seed);
 */
export function transformed(
  task: Task,
  transforms: readonly (readonly [label: string, transform: TaskTransform])[],
  seed: string,
): Task {
  const rng = createRng(seed).split("augment");
  return transforms.reduce((now, [label, transform]) => transform(now, rng.split(label)), task);
}
