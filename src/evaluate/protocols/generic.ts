import { check } from "../../base/errors.ts";
import type { Dataset } from "../../data/dataset.ts";
import { type ColdUsersInTimeOptions, coldUsers } from "./cold-users-in-time.ts";
import type { Protocol } from "./protocol.ts";

/**
 * Anybody's own data, full ranking: a seeded fifth of the people is wholly unseen. With times the rules are those of
 * protocol 6 (first events are the support, later ones the truth); without times the support is a random sample of a
 * person's events, nested over the numbers of shots, and the truth the rest: an easier question, so it has a name of its
 * own.
 *
 * @throws SPLIT when nobody can be set aside, or nobody has anything to be found
 * @example const protocol = generic(dataset, { seed: 1 });
 */
export function generic(dataset: Dataset, options: ColdUsersInTimeOptions): Protocol {
  const timed = dataset.interactions.time !== undefined;
  const protocol = coldUsers(dataset, {
    ...options,
    order: timed ? "time" : "random",
    name: timed ? "generic-in-time" : "generic-random-support",
  });
  check(
    protocol.groups.some(({ cases }) => cases.length > 0),
    "SPLIT",
    () => ({
      where: `protocol generic on ${dataset.name}`,
      expected: `cold people with a like on an item that has ${options.minLikes ?? 5} likes in training`,
      got: "none",
      hint: "Lower the likes that make an item a candidate, or the value from which on something is liked.",
    }),
  );
  return protocol;
}
