import { createRng, type Rng } from "../../base/rng.ts";
import type { History } from "../../data/query.ts";
import { selectEvents } from "../source.ts";
import type { Task, TaskConfig } from "../task.ts";

/** Histories of people who do not exist. */
export type PeoplePool = readonly History[];

/** Descriptions number invented people downwards from -1: they are in no table. */
export function isInvented({ subject }: TaskConfig): boolean {
  return subject < 0;
}

/**
 * Describes tasks of invented people: one each, with a support size drawn from the feasible ones.
 *
 * @param count tasks to describe
 */
export function describeInvented(
  pool: PeoplePool,
  { count, shots, rng: epoch }: { count: number; shots: readonly number[]; rng: Rng },
): TaskConfig[] {
  const rng = epoch.split("invented");
  const people = rng.sample(Int32Array.from(pool.keys()), count);
  return people.flatMap((person) => {
    const sizes = shots.filter((k) => k < pool[person]!.items.length);
    if (sizes.length === 0) return [];
    return [{ subject: -1 - person, shots: sizes[rng.int(sizes.length)]!, seed: String(rng.int(2 ** 31)) }];
  });
}

/** The task of an invented person: a random part of their events is the support, what follows the query. */
export function buildInvented(pool: PeoplePool, config: TaskConfig, maxQuery?: number): Task {
  const history = pool[-1 - config.subject]!;
  const order = createRng(config.seed).shuffle(Array.from(history.items.keys()));
  return {
    id: `invented ${-1 - config.subject}`,
    support: selectEvents(history, order.slice(0, config.shots)),
    query: selectEvents(history, order.slice(config.shots).slice(0, maxQuery)),
  };
}
