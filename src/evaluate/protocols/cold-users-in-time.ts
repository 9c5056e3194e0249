import { check } from "../../base/errors.ts";
import type { Dataset, Interactions } from "../../data/dataset.ts";
import type { History, Query } from "../../data/query.ts";
import { splitColdUsers } from "../../data/splits/cold.ts";
import { historiesByUser } from "../../data/splits/interactions.ts";
import { withTraining } from "../../data/splits/training.ts";
import { featuresOf } from "../../tasks/users.ts";
import type { Case, Group, Protocol } from "./protocol.ts";

export interface ColdUsersInTimeOptions {
  /** Share of the users who are cold; .2 unless told. */
  readonly fraction?: number;
  readonly seed: number;
  /** Who is cold: anybody, or those who came last; "random" unless told. */
  readonly mode?: "random" | "last-come";
  /** Sizes of the support; 0, 1, 3, 5, 10 unless told. */
  readonly shots?: readonly number[];
  /** Training likes that make an item a candidate; 5 unless told. */
  readonly minLikes?: number;
  /**
   * Which events can be support: those on candidates, so that no shot is spent on a rare item (as the reference
   * numbers were made), or all of them (harder). "candidates" unless told.
   */
  readonly support?: "candidates" | "all";
  /** Written into the groups; 0 unless told. */
  readonly draw?: number;
}

/**
 * Protocol 6, full ranking: some users are wholly unseen; the support is their first k events in time (on candidates,
 * unless `support` is "all"), the truth all events after the support. Candidates are the items with at least
 * `minLikes` likes in training that the support does not hold. A person counts at k shots when at least one like of the
 * truth is a candidate; values are judged on the whole truth of those same people. `query.time` is the time of the
 * request: that of the last support event, or of the person's first event at 0 shots. Models see training events of
 * later dates too: the cold users are hidden, the calendar is not.
 *
 * @throws SPLIT when no user can be set aside, DATA when the events have no time
 * @example const protocol = coldUsersInTime(dataset, { seed: 1 });
 */
export function coldUsersInTime(dataset: Dataset, options: ColdUsersInTimeOptions): Protocol {
  const { fraction = 0.2, mode = "random", shots = [0, 1, 3, 5, 10], support = "candidates" } = options;
  assertTimes(dataset);
  const { train, heldOut, coldUsers } = splitColdUsers(dataset, { fraction, seed: options.seed, mode });
  const training = withTraining(dataset, train);
  const people = coldPeople(dataset, heldOut, coldUsers);
  const candidates = likedItems(training, options.minLikes ?? 5);
  const groups = shots.map((k): Group => {
    const cases = people.flatMap((person) =>
      caseAt(person, k, { candidates, liked: dataset.scale.liked, support }),
    );
    return { state: "cold-user", shots: k, draw: options.draw ?? 0, cases };
  });
  const name = (mode === "random" ? "cold" : "last-come") + (support === "all" ? "-all-events" : "");
  return { name: `${name}-users-in-time`, candidates: "full", scale: dataset.scale, train: training, groups };
}

/** Rows of the items with at least `minLikes` likes in training, ascending. */
export function likedItems({ interactions, items, scale }: Dataset, minLikes: number): Int32Array {
  const likes = new Int32Array(items.ids.length);
  interactions.item.forEach((item, row) => {
    if (interactions.value[row]! >= scale.liked) likes[item]!++;
  });
  return Int32Array.from(likes.keys()).filter((item) => likes[item]! >= minLikes);
}

type TimedHistory = History & Required<Pick<History, "times">>;

interface Person {
  readonly id: string;
  readonly features: NonNullable<Query["features"]>;
  /** All events, oldest first. */
  readonly events: TimedHistory;
}

interface Candidates {
  /** Ascending. */
  readonly candidates: Int32Array;
  readonly liked: number;
  readonly support: "candidates" | "all";
}

function assertTimes({ name, interactions }: Dataset): void {
  check(interactions.time !== undefined, "DATA", () => ({
    where: `protocol cold-users-in-time on ${name}`,
    expected: "events with a time",
    got: "none",
  }));
}

function coldPeople(dataset: Dataset, heldOut: Interactions, coldUsers: Int32Array): Person[] {
  const { offsets, order } = historiesByUser(heldOut, dataset.users.ids.length);
  return Array.from(coldUsers, (user) => {
    const rows = order.subarray(offsets[user], offsets[user + 1]);
    const events = {
      items: rows.map((row) => heldOut.item[row]!),
      values: Float32Array.from(rows, (row) => heldOut.value[row]!),
      times: Float64Array.from(rows, (row) => heldOut.time?.[row] ?? 0),
    };
    return { id: dataset.users.ids[user]!, features: featuresOf(dataset.users, user), events };
  });
}

/** One case, or none when the person has no later like among the candidates. */
function caseAt({ id, features, events }: Person, shots: number, options: Candidates): Case[] {
  const { candidates, liked, support } = options;
  const rows = Array.from(events.items.keys());
  const usable = support === "all" ? rows : rows.filter((row) => contains(candidates, events.items[row]!));
  const chosen = usable.slice(0, shots);
  const last = chosen.at(-1) ?? -1;
  const [history, truth] = [pick(events, chosen), pick(events, rows.slice(last + 1))];
  const findable = (item: number, at: number): boolean =>
    truth.values[at]! >= liked && contains(candidates, item);
  if (history.items.length < shots || !truth.items.some(findable)) return [];
  const used = new Set(history.items);
  const unused = shots === 0 ? candidates : candidates.filter((item) => !used.has(item));
  const time = events.times[Math.max(0, last)]!;
  return [{ id, query: { features, history, time }, candidates: unused, truth }];
}

function pick({ items, values, times }: TimedHistory, rows: readonly number[]): TimedHistory {
  return {
    items: Int32Array.from(rows, (row) => items[row]!),
    values: Float32Array.from(rows, (row) => values[row]!),
    times: Float64Array.from(rows, (row) => times[row]!),
  };
}

/** Binary search in ascending rows. */
function contains(sorted: Int32Array, item: number): boolean {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < item) low = middle + 1;
    else high = middle;
  }
  return sorted[low] === item;
}
