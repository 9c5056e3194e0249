import type { Scale } from "../data/dataset.ts";
import type { StoredEvent } from "../store/store.ts";
import type { HistoryEvent } from "./recommender.ts";

/** What an event without a value says, on the model's scale; a type that is not here carries no opinion. */
const opinions: Readonly<Record<string, (scale: Scale) => number>> = {
  like: ({ liked, max }) => (liked + max) / 2,
  buy: ({ liked, max }) => (liked + max) / 2,
  dislike: ({ min }) => min,
};

/**
 * A stored history as the model sees it, oldest first. Of several opinions on one item the last one counts, and an
 * event without an opinion (a view) never hides an earlier opinion.
 */
export function toHistory(events: readonly StoredEvent[], scale: Scale): readonly HistoryEvent[] {
  const byItem = new Map<string, HistoryEvent>();
  for (const { item, type, value = opinionOf(type, scale), time } of events) {
    const earlier = byItem.get(item);
    if (value === undefined && earlier !== undefined) continue;
    byItem.delete(item);
    byItem.set(item, { item, time, ...(value === undefined ? {} : { value }) });
  }
  return [...byItem.values()];
}

/** The value an event of this type stands for when it carries none. */
export function opinionOf(type: string, scale: Scale): number | undefined {
  return Object.hasOwn(opinions, type) ? opinions[type]?.(scale) : undefined;
}
