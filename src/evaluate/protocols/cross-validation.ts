import { check } from "../../base/errors.ts";
import { createRng } from "../../base/rng.ts";
import type { Dataset, Interactions } from "../../data/dataset.ts";
import { partitionRows, presentRows, userCounts } from "../../data/splits/interactions.ts";
import { withTraining } from "../../data/splits/training.ts";
import { likedItems } from "./cold-users-in-time.ts";
import { type Person, peopleOf, shotGroups } from "./people.ts";
import type { Group, Protocol } from "./protocol.ts";
import { queryTask } from "./query-task.ts";

export interface CrossValidationOptions {
  readonly seed: number;
  /** 5 unless told. */
  readonly folds?: number;
  /** Which fold is cold, from 0. */
  readonly fold: number;
  /** "full": the catalogue of items with five training likes; "query set": ten rated items; "full" unless told. */
  readonly candidates?: "full" | "query set";
  /** Sizes of the support; 0, 1, 3, 5, 10 for a full ranking and 0, 1, 3, 5, 10, "all" for a query set unless told. */
  readonly shots?: readonly (number | "all")[];
}

/** Ratings a person needs on a query set: ten are asked, three known at least. */
const MIN_RATINGS = 13;

/**
 * Cross-validation over people, any data: everybody with an event belongs to one of k folds at random, and the people of
 * `fold` are wholly unseen, so over all folds each person is judged once, by a model that never saw them. The support
 * is a random sample of a person's events, nested over the numbers of shots. Full ranking: the truth is all the others.
 * Query set: ten random ratings of people with at least 13 are asked and ranked, the same at every number of shots.
 *
 * @throws SPLIT when there are fewer people than folds, CONFIG when there is no such fold
 * @example const protocols = [0, 1, 2, 3, 4].map((fold) => crossValidation(dataset, { seed: 1, fold }));
 */
export function crossValidation(dataset: Dataset, options: CrossValidationOptions): Protocol {
  const { seed, folds = 5, fold, candidates = "full" } = options;
  const rows = foldOf(dataset, { seed, folds, fold });
  const cold = new Set(rows);
  const { user } = dataset.interactions;
  const { kept, rest } = partitionRows(dataset.interactions, (row) => cold.has(user[row]!));
  const train = withTraining(dataset, rest);
  const people = peopleOf(dataset, { heldOut: kept, rows, seed: `${seed}/cross-validation` });
  const groups = candidates === "full" ? fullGroups(people, train, options) : queryGroups(people, options);
  const name = candidates === "full" ? "cross-validation" : "cross-validation-ratings";
  return { name, candidates, scale: dataset.scale, train, groups };
}

function fullGroups(people: readonly Person[], train: Dataset, options: CrossValidationOptions): Group[] {
  const shots = (options.shots ?? [0, 1, 3, 5, 10]).filter((k) => k !== "all");
  const { liked } = train.scale;
  return shotGroups(people, {
    shots,
    candidates: likedItems(train, 5),
    liked,
    support: "candidates",
    draw: options.fold,
  });
}

function queryGroups(people: readonly Person[], { shots, fold }: CrossValidationOptions): Group[] {
  const tasks = people.filter(({ events }) => events.items.length >= MIN_RATINGS).map(queryTask);
  return (shots ?? [0, 1, 3, 5, 10, "all"]).map((k) => ({
    state: "cold-user",
    shots: k,
    draw: fold,
    cases: tasks.map((cut) => cut(k)),
  }));
}

/** Rows of the people of one fold, ascending. */
function foldOf(
  { name, interactions, users }: { name: string; interactions: Interactions; users: Dataset["users"] },
  { seed, folds, fold }: { seed: number; folds: number; fold: number },
): Int32Array {
  const where = `cross-validation on ${name}`;
  const present = presentRows(userCounts(interactions, users.ids.length));
  const got = `fold ${fold} of ${folds}`;
  check(Number.isInteger(folds) && folds > 1 && fold >= 0 && fold < folds, "CONFIG", () => ({
    where,
    expected: "two folds at least, counted from 0",
    got,
  }));
  const expected = `${folds} people with events at least`;
  check(present.length >= folds, "SPLIT", () => ({ where, expected, got: `${present.length}` }));
  const order = createRng(seed).split("folds").shuffle(present);
  return Int32Array.from(order.filter((_, at) => at % folds === fold)).sort();
}
