import type { Dataset } from "../../data/dataset.ts";
import { splitColdItems } from "../../data/splits/cold.ts";
import { itemCounts, presentRows, userCounts } from "../../data/splits/interactions.ts";
import { withTraining } from "../../data/splits/training.ts";
import { featuresOf } from "../../tasks/users.ts";
import { fullCase } from "./candidates.ts";
import { historiesOf } from "./histories.ts";
import type { Case, Group, Protocol } from "./protocol.ts";

export interface ColdItemsOptions {
  readonly seed: number;
  /** Share of the items that is cold; .2 unless told. */
  readonly fraction?: number;
  /** Written into the groups; 0 unless told. */
  readonly draw?: number;
}

/**
 * Protocol 4, full ranking of items nobody has touched: a seeded share of the items loses all its events, so that only
 * content speaks for them. Asked is everybody who liked a cold item, with their training events as the support and what
 * they did with cold items as the truth. State "cold-item" ranks the cold items alone; "all-items" ranks them among all
 * items that the person has not used, where whoever never shows a cold item scores zero. Items without any event are no
 * candidates.
 *
 * @throws SPLIT when the fraction leaves no item cold, or none warm
 * @example const protocol = coldItems(dataset, { seed: 1 });
 */
export function coldItems(dataset: Dataset, { seed, fraction = 0.2, draw = 0 }: ColdItemsOptions): Protocol {
  const split = splitColdItems(dataset, { fraction, seed });
  const train = withTraining(dataset, split.train);
  const users = dataset.users.ids.length;
  const [supportOf, truthOf] = [historiesOf(split.train, users), historiesOf(split.heldOut, users)];
  const people = presentRows(userCounts(split.heldOut, users)).filter((user) =>
    truthOf(user).values.some((value) => value >= dataset.scale.liked),
  );
  const warm = new Set(train.warmUsers);
  const casesOver = (catalogue: Int32Array): Case[] =>
    Array.from(people, (user) => {
      const features = featuresOf(dataset.users, user);
      const query = { ...(warm.has(user) ? { user } : {}), features, history: supportOf(user) };
      return fullCase(catalogue, { id: dataset.users.ids[user]!, query, truth: truthOf(user) });
    });
  const all = presentRows(itemCounts(dataset.interactions, dataset.items.ids.length));
  const groups: Group[] = [
    { state: "cold-item", shots: "all", draw, cases: casesOver(split.coldItems) },
    { state: "all-items", shots: "all", draw, cases: casesOver(all) },
  ];
  return { name: "cold-items", candidates: "full", scale: dataset.scale, train, groups };
}
