import type { Dataset } from "../data/dataset.ts";
import type { History } from "../data/query.ts";
import { selectRows } from "../data/splits/interactions.ts";
import { eventsOf, type SourceOptions, type TaskSource, taskSource } from "./source.ts";
import { featuresOf } from "./users.ts";

export interface ItemTaskOptions extends SourceOptions {
  /** Items with fewer events are no tasks; all are unless told. */
  readonly minEvents?: number;
}

/**
 * Turns items into tasks: the support says who used the item first and what they thought of it, the query asks about
 * others (Pan et al. 2019, sec. 3; Vartak et al. 2017). Its events carry `users`.
 *
 * @example
 * const tasks = itemTasks(train, { order: "random", query: "all", shots: [0, 20, 40, 60], maxQuery: 40 });
 * tasks.build({ subject: 7, shots: 20, seed: "1" }).support.users; // who rated item 7 first
 */
export function itemTasks(train: Dataset, options: ItemTaskOptions): TaskSource {
  const { items, scale } = train;
  const { minEvents = 1 } = options;
  const none = eventsOf(selectRows(train.interactions, []), "with users");
  const histories = historiesOfItems(train).map((own) => (own.items.length < minEvents ? none : own));
  const describe = (item: number) => ({
    id: items.ids[item] as string,
    item,
    features: featuresOf(items, item),
  });
  return taskSource({ histories, liked: scale.liked, describe }, options);
}

/** Every item's events, oldest first, with who did them. `[items]` */
function historiesOfItems({ interactions, items }: Dataset): History[] {
  const { time } = interactions;
  const rows: number[][] = items.ids.map(() => []);
  interactions.item.forEach((item, row) => void rows[item]?.push(row));
  return rows.map((own) => {
    if (time !== undefined) own.sort((a, b) => (time[a] as number) - (time[b] as number) || a - b);
    return eventsOf(selectRows(interactions, own), "with users");
  });
}
