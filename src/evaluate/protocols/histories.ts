import type { Interactions } from "../../data/dataset.ts";
import type { History } from "../../data/query.ts";
import { historiesByUser } from "../../data/splits/interactions.ts";
import { selectEvents } from "../../tasks/source.ts";

/**
 * Everybody's events, oldest first (in row order without times), made when asked for.
 *
 * @example const historyOf = historiesOf(train.interactions, train.users.ids.length); historyOf(3).items;
 */
export function historiesOf(interactions: Interactions, users: number): (user: number) => History {
  const { offsets, order } = historiesByUser(interactions, users);
  const { item, value, time } = interactions;
  const all: History = { items: item, values: value, ...(time === undefined ? {} : { times: time }) };
  return (user) => selectEvents(all, order.subarray(offsets[user], offsets[user + 1]));
}
