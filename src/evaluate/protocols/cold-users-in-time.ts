import { check } from "../../base/errors.ts";
import type { Dataset } from "../../data/dataset.ts";
import { splitColdUsers } from "../../data/splits/cold.ts";
import { withTraining } from "../../data/splits/training.ts";
import { peopleOf, shotGroups } from "./people.ts";
import type { Protocol } from "./protocol.ts";

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
  check(dataset.interactions.time !== undefined, "DATA", () => ({
    where: `protocol cold-users-in-time on ${dataset.name}`,
    expected: "events with a time",
    got: "none",
  }));
  const { mode = "random", support = "candidates" } = options;
  const name = (mode === "random" ? "cold" : "last-come") + (support === "all" ? "-all-events" : "");
  return coldUsers(dataset, { ...options, name: `${name}-users-in-time`, order: "time" });
}

export interface ColdUsersOptions extends ColdUsersInTimeOptions {
  readonly name: string;
  /** In which order a cold person's events become known. */
  readonly order: "time" | "random";
}

/** The same with the events of the cold people in any order. */
export function coldUsers(dataset: Dataset, options: ColdUsersOptions): Protocol {
  const { fraction = 0.2, mode = "random", shots = [0, 1, 3, 5, 10], seed, name } = options;
  const split = splitColdUsers(dataset, { fraction, seed, mode });
  const train = withTraining(dataset, split.train);
  const order = options.order === "random" ? { seed: `${seed}/${name}` } : {};
  const people = peopleOf(dataset, { heldOut: split.heldOut, rows: split.coldUsers, ...order });
  const groups = shotGroups(people, {
    shots,
    candidates: likedItems(train, options.minLikes ?? 5),
    liked: dataset.scale.liked,
    support: options.support ?? "candidates",
    draw: options.draw ?? 0,
  });
  return { name, candidates: "full", scale: dataset.scale, train, groups };
}

/** Rows of the items with at least `minLikes` likes in training, ascending. */
export function likedItems({ interactions, items, scale }: Dataset, minLikes: number): Int32Array {
  const likes = new Int32Array(items.ids.length);
  interactions.item.forEach((item, row) => {
    if (interactions.value[row]! >= scale.liked) likes[item]!++;
  });
  return Int32Array.from(likes.keys()).filter((item) => likes[item]! >= minLikes);
}
