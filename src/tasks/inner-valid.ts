import { ForetasteError } from "../base/errors.ts";
import { createRng } from "../base/rng.ts";
import { partitionRows } from "../data/splits/interactions.ts";
import { type TrainingDataset, withTraining } from "../data/splits/training.ts";
import type { SourceOptions } from "./source.ts";
import type { Task } from "./task.ts";
import { type UserTasks, userTasks } from "./users.ts";

export interface InnerValidOptions extends SourceOptions {
  /** Share of the training people that become tasks. */
  readonly people: number;
  /** Share of the items that are hidden wholly, so that there are tasks of cold items too. */
  readonly coldItems: number;
  /** People with fewer counted events are left out; 1 unless told. */
  readonly minEvents?: number;
  readonly seed: number | string;
}

/** Training data without the answers of `tasks`. */
export interface InnerValid {
  readonly train: TrainingDataset;
  readonly tasks: readonly Task[];
}

/**
 * The stream `innerValid`: queries of training people that whoever is judged by them does not learn from. Each person
 * gives a task of warm items; whoever has two events on hidden items, a task of cold items as well. In the order of time
 * everything after the support is hidden, else the query alone.
 *
 * @throws SPLIT when training would still hold an answer
 * @example const { train: rest, tasks } = splitInnerValid(train, { order: "random", query: "all", shots: [0, 5], maxQuery: 10, people: 0.2, coldItems: 0.1, seed: 1 });
 */
export function splitInnerValid(train: TrainingDataset, options: InnerValidOptions): InnerValid {
  const rng = createRng(options.seed).split("inner-valid");
  const cold = hiddenItems(train, options.coldItems, rng.split("items").shuffle(train.warmItems));
  const warm = cold.map((hidden) => 1 - hidden);
  const [known, unseen] = [warm, cold].map((items) => userTasks(train, { ...options, items })) as [
    UserTasks,
    UserTasks,
  ];
  const enough = known.users.filter((u) => known.historyOf(u).items.length >= (options.minEvents ?? 1));
  const people = Int32Array.from(rng.sample(enough, Math.max(1, Math.round(options.people * enough.length))));
  const coldPeople = people.filter((user) => unseen.historyOf(user).items.length >= 2);
  const tasks = [
    ...known.sample(people, rng.split("known")).map(known.build),
    ...unseen
      .sample(
        coldPeople.filter((user) => unseen.users.includes(user)),
        rng.split("unseen"),
      )
      .map(unseen.build),
  ];
  const answers = answersOf(tasks, options.order);
  const { user, item } = train.interactions;
  const { kept } = partitionRows(
    train.interactions,
    (row) => cold[item[row]!] === 0 && !answers.has(pair(user[row]!, item[row]!)),
  );
  const rest = withTraining(train, kept);
  assertHidden(rest, tasks);
  return { train: rest, tasks };
}

function hiddenItems(train: TrainingDataset, share: number, shuffled: readonly number[]): Uint8Array {
  const hidden = new Uint8Array(train.items.ids.length);
  for (const item of shuffled.slice(0, Math.round(share * shuffled.length))) hidden[item] = 1;
  return hidden;
}

/** Two rows as one key. */
function pair(user: number, item: number): number {
  return user * 2 ** 26 + item;
}

/** What training must not hold: the query, and in the order of time all else that came after the support. */
function answersOf(tasks: readonly Task[], order: SourceOptions["order"]): Set<number> {
  const out = new Set<number>();
  for (const { user, support, query, own } of tasks) {
    const known = new Set(support.items);
    const later = order === "time" ? (own ?? query).items.filter((item) => !known.has(item)) : query.items;
    for (const item of later) out.add(pair(user!, item));
  }
  return out;
}

/**
 * Whoever is judged on tasks must not have learned their answers.
 *
 * @throws SPLIT with the first answer that training holds
 */
export function assertHidden({ interactions, users, items }: TrainingDataset, tasks: readonly Task[]): void {
  const learned = new Set<number>();
  interactions.user.forEach((user, row) => learned.add(pair(user, interactions.item[row]!)));
  for (const { user, query } of tasks) {
    const told = query.items.find((item) => user !== undefined && learned.has(pair(user, item)));
    if (told === undefined) continue;
    throw new ForetasteError("SPLIT", {
      where: "innerValid",
      expected: "queries that training does not hold",
      got: `what ${users.ids[user!]} thinks of ${items.ids[told]} in both`,
    });
  }
}
