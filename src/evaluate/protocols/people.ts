import { createRng } from "../../base/rng.ts";
import type { Dataset, Interactions } from "../../data/dataset.ts";
import type { History, Query } from "../../data/query.ts";
import { selectEvents } from "../../tasks/source.ts";
import { featuresOf } from "../../tasks/users.ts";
import { fullCase, positionOf } from "./candidates.ts";
import { historiesOf } from "./histories.ts";
import type { Case, Group } from "./protocol.ts";

/** Somebody unseen, with all their events in the order in which they become known. */
export interface Person {
  readonly id: string;
  readonly features: NonNullable<Query["features"]>;
  readonly events: History;
}

/**
 * The given users with their hidden events: oldest first, or, with a seed, in a random order that seed and id decide
 * (times are left out then, because they would contradict the order).
 */
export function peopleOf(
  { users }: Dataset,
  { heldOut, rows, seed }: { heldOut: Interactions; rows: Int32Array; seed?: string },
): Person[] {
  const { time: _, ...timeless } = heldOut;
  const historyOf = historiesOf(seed === undefined ? heldOut : timeless, users.ids.length);
  return Array.from(rows, (user) => {
    const id = users.ids[user]!;
    const events = historyOf(user);
    const order = seed === undefined ? undefined : createRng(seed).split(id).shuffle(positions(events));
    return {
      id,
      features: featuresOf(users, user),
      events: order === undefined ? events : selectEvents(events, order),
    };
  });
}

export interface ShotOptions {
  readonly shots: readonly number[];
  /** Ascending. */
  readonly candidates: Int32Array;
  readonly liked: number;
  /** Which events can be support; "candidates" leaves rare items out. */
  readonly support: "candidates" | "all";
  readonly draw: number;
}

/**
 * A group a number of shots, full ranking: the support is the first k usable events, the truth all events after the last
 * of them. A person counts when at least one like of the truth is a candidate.
 */
export function shotGroups(people: readonly Person[], options: ShotOptions): Group[] {
  return options.shots.map((shots) => ({
    state: "cold-user",
    shots,
    draw: options.draw,
    cases: people.flatMap((person) => caseAt(person, shots, options)),
  }));
}

/** One case, or none when the person has no later like among the candidates. */
function caseAt({ id, features, events }: Person, shots: number, options: ShotOptions): Case[] {
  const { candidates, liked, support } = options;
  const isCandidate = (item: number): boolean => positionOf(candidates, item) >= 0;
  const rows = positions(events);
  const usable = support === "all" ? rows : rows.filter((row) => isCandidate(events.items[row]!));
  const chosen = usable.slice(0, shots);
  const last = chosen.at(-1) ?? -1;
  const [history, truth] = [selectEvents(events, chosen), selectEvents(events, rows.slice(last + 1))];
  const findable = (item: number, at: number): boolean => truth.values[at]! >= liked && isCandidate(item);
  // Who has fewer than `shots` usable events has none left that could be found.
  if (!truth.items.some(findable)) return [];
  const time = events.times?.[Math.max(0, last)];
  const query = { features, history, ...(time === undefined ? {} : { time }) };
  return [fullCase(candidates, { id, query, truth })];
}

function positions({ items }: History): number[] {
  return Array.from(items.keys());
}
