import type { Scale } from "../data/dataset.ts";
import type { Query } from "../data/query.ts";
import type { RecommendRequest } from "./recommender.ts";

/** A request in rows of the item table. */
export interface Asked {
  readonly query: Query;
  readonly excluded: ReadonlySet<number>;
  readonly unanswered: ReadonlySet<number>;
}

/**
 * Turns ids into rows. Items the model does not know are left out; an event without a value counts as a bare like; times
 * are used when every event has one.
 */
export function toAsked(
  { history, time, exclude, unanswered, features }: RecommendRequest,
  rows: ReadonlyMap<string, number>,
  scale: Scale,
): Asked {
  const events = history.flatMap((event) => {
    const row = rows.get(event.item);
    return row === undefined ? [] : [{ ...event, row }];
  });
  const times = events.flatMap((event) => (event.time === undefined ? [] : [event.time]));
  const query: Query = {
    history: {
      items: Int32Array.from(events, ({ row }) => row),
      values: Float32Array.from(events, ({ value }) => value ?? scale.liked),
      ...(times.length === events.length ? { times: Float64Array.from(times) } : {}),
      ...(events.some(({ asked }) => asked) && {
        asked: Uint8Array.from(events, ({ asked }) => Number(asked)),
      }),
    },
    ...(time === undefined ? {} : { time }),
    ...(features === undefined ? {} : { features }),
  };
  const known = (ids: Iterable<string> = []): Set<number> =>
    new Set([...ids].flatMap((id) => rows.get(id) ?? []));
  return { query, excluded: known(exclude), unanswered: known(unanswered) };
}
