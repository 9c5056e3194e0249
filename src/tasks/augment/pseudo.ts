import type { History } from "../../data/query.ts";
import { selectEvents } from "../source.ts";
import type { TaskTransform } from "./transform.ts";

export interface PseudoOptions {
  /** Most labels added to a task. */
  readonly count: number;
  /** What such an event counts, where an observed one counts 1. */
  readonly weight: number;
}

/**
 * Adds a teacher's labels for pairs nobody observed to the *query* (Lee 2013). Never to the support: the teacher knew
 * the whole person, so a label there would tell the answers. They come first, because the latest events are kept where
 * room is short; item times are not known, so those of the query are dropped.
 *
 * @param labels of each person, by row of the user table
 */
export function addPseudoLabels(
  labels: ReadonlyMap<number, History>,
  { count, weight }: PseudoOptions,
): TaskTransform {
  return (task, rng) => {
    const known = task.user === undefined ? undefined : labels.get(task.user);
    if (known === undefined) return task;
    const taken = new Set([...task.support.items, ...task.query.items]);
    const rows = Array.from(known.items.keys()).filter((row) => !taken.has(known.items[row]!));
    const added = selectEvents(known, rng.sample(rows, count));
    const { items, values, weights, unknown } = task.query;
    const n = added.items.length;
    const query: History = {
      items: Int32Array.from([...added.items, ...items]),
      values: Float32Array.from([...added.values, ...values]),
      weights: Float32Array.from([
        ...new Float32Array(n).fill(weight),
        ...(weights ?? new Float32Array(items.length).fill(1)),
      ]),
      ...(unknown && { unknown: Uint8Array.from([...new Uint8Array(n), ...unknown]) }),
    };
    return { ...task, query };
  };
}
