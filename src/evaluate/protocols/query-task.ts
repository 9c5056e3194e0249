import { selectEvents } from "../../tasks/source.ts";
import type { Person } from "./people.ts";
import type { Case } from "./protocol.ts";

/** Events that are asked about. */
const QUERY = 10;

/**
 * A person judged on a query set: the first ten of their events are the query and its candidates, the support is the
 * first k of the others. Supports are therefore nested over k and the query is the same at every k.
 */
export function queryTask({ id, features, events }: Person): (shots: number | "all") => Case {
  const rows = Array.from(events.items.keys());
  const truth = selectEvents(events, rows.slice(0, QUERY));
  return (shots) => {
    const history = selectEvents(events, rows.slice(QUERY, shots === "all" ? undefined : QUERY + shots));
    return { id, query: { features, history }, candidates: truth.items, truth };
  };
}
