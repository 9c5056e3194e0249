import type { Dataset } from "../../data/dataset.ts";
import type { History } from "../../data/query.ts";
import { splitColdItems, splitColdUsers } from "../../data/splits/cold.ts";
import { itemCounts, presentRows } from "../../data/splits/interactions.ts";
import { withTraining } from "../../data/splits/training.ts";
import { selectEvents } from "../../tasks/source.ts";
import { featuresOf } from "../../tasks/users.ts";
import { fullCase } from "./candidates.ts";
import { historiesOf } from "./histories.ts";
import type { Case, Group, Protocol } from "./protocol.ts";

export interface ColdBothOptions {
  readonly seed: number;
  /** Share of the items, and of the people, that is cold; .2 unless told. */
  readonly fraction?: number;
  /** Most events of a person that are known; 10 unless told. */
  readonly shots?: number;
  /** At most this many people are asked, evenly over the table; all unless told. */
  readonly people?: number;
}

/**
 * Cold people and cold items in one split, full ranking, so that one fit answers for both: a seeded share of the items loses
 * all its events, then a seeded share of the people. A cold person's first events on warm items, at most half of them, are
 * the support. State "cold-user" asks for later likes among the warm items, "both-cold" for likes among the cold ones.
 *
 * @throws SPLIT when the fraction leaves nothing cold, or nothing warm
 * @example const protocol = coldBoth(dataset, { seed: 1, people: 1000 });
 */
export function coldBoth(dataset: Dataset, options: ColdBothOptions): Protocol {
  const { seed, fraction = 0.2, shots = 10 } = options;
  const items = splitColdItems(dataset, { fraction, seed });
  const people = splitColdUsers({ ...dataset, interactions: items.train }, { fraction, seed });
  const { users, scale } = dataset;
  const [onWarm, onCold] = [people.heldOut, items.heldOut].map((events) =>
    historiesOf(events, users.ids.length),
  ) as [(user: number) => History, (user: number) => History];
  const asked = spread(people.coldUsers, options.people ?? people.coldUsers.length);
  const casesOver = (catalogue: Int32Array, later: (user: number, after: number) => History): Case[] =>
    Array.from(asked).flatMap((user) => {
      const known = onWarm(user);
      const after = Math.min(shots, Math.floor(known.items.length / 2));
      const truth = later(user, after);
      if (!truth.values.some((value) => value >= scale.liked)) return [];
      const query = { features: featuresOf(users, user), history: part(known, 0, after) };
      return [fullCase(catalogue, { id: users.ids[user]!, query, truth })];
    });
  const warm = presentRows(itemCounts(people.train, dataset.items.ids.length));
  const groups: Group[] = [
    {
      state: "cold-user",
      shots,
      draw: 0,
      cases: casesOver(warm, (user, after) => part(onWarm(user), after)),
    },
    { state: "both-cold", shots, draw: 0, cases: casesOver(items.coldItems, onCold) },
  ];
  return { name: "cold-both", candidates: "full", scale, train: withTraining(dataset, people.train), groups };
}

function part(history: History, from: number, to?: number): History {
  return selectEvents(history, Array.from(history.items.keys()).slice(from, to));
}

/** At most so many, evenly spread. */
function spread(rows: Int32Array, most: number): Int32Array {
  if (rows.length <= most) return rows;
  return Int32Array.from({ length: most }, (_, i) => rows[Math.floor((i * rows.length) / most)]!);
}
