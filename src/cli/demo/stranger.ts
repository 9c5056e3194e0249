import { createRng } from "../../base/rng.ts";
import type { Dataset, Scale } from "../../data/dataset.ts";
import type { Case, Protocol } from "../../evaluate/protocols/protocol.ts";
import type { Recommendation, Recommender } from "../../serve/recommender.ts";
import type { Colours } from "../colours.ts";
import { recommendationTable } from "../recommend/table.ts";
import { createTitleIndex } from "../recommend/titles.ts";

/** Films the person is known by. */
const known = 3;
const wanted = 10;
const width = 100;

export interface StrangerOptions {
  readonly protocol: Protocol;
  readonly data: { readonly dataset: Dataset };
  readonly colours: Colours;
  readonly seed: number;
}

/** One hidden person: what they rated first, what they are told, and what of it they liked later. */
export interface Stranger {
  readonly text: string;
  readonly data: unknown;
  /** Titles of what they rated first. */
  readonly titles: readonly string[];
}

/** Meets one of the hidden people, drawn by the seed and not chosen by how well it goes. */
export async function meetStranger(model: Recommender, options: StrangerOptions): Promise<Stranger> {
  const { protocol, data, colours, seed } = options;
  const cases = protocol.groups.find(({ shots }) => shots === known)?.cases ?? [];
  const one = cases[createRng(seed).split("stranger").int(cases.length)];
  if (one === undefined)
    return { text: "Nobody of the unseen people has enough events.", data: null, titles: [] };
  const { ids } = data.dataset.items;
  const { labelOf } = createTitleIndex(data.dataset.items);
  const idOf = (row: number): string => ids[row] ?? "";
  const first = Array.from(one.query.history.items, (row, i) => ({
    id: idOf(row),
    label: labelOf(idOf(row)),
    value: one.query.history.values[i] ?? Number.NaN,
  }));
  const items = await model.recommend(requestOf(one, idOf));
  const likedLater = new Set(likedIn(one, protocol.scale).map(idOf));
  const hits = items.filter(({ id }) => likedLater.has(id));
  const text = [
    colours.bold(`One of the unseen people, user ${one.id}, rated first:`),
    ...first.map(({ label, value }) => `  ${value} of ${protocol.scale.max}  ${label}`),
    "",
    colours.bold("Ten recommendations, and why (the contributions of each sum to its score):"),
    recommendationTable(items, {
      colours,
      labelOf: markedLabel(labelOf, likedLater),
      width,
    }),
    hitLine(hits, likedLater.size),
  ].join("\n");
  return {
    text,
    data: { user: one.id, first, items, likedLater: hits.map(({ id }) => id) },
    titles: first.map(({ label }) => label),
  };
}

function requestOf({ query }: Case, idOf: (row: number) => string): Parameters<Recommender["recommend"]>[0] {
  const { items, values, times } = query.history;
  const history = Array.from(items, (row, i) => {
    const [value, time] = [values[i], times?.[i]];
    return {
      item: idOf(row),
      ...(value === undefined ? {} : { value }),
      ...(time === undefined ? {} : { time }),
    };
  });
  const exclude = new Set(history.map(({ item }) => item));
  return { history, n: wanted, exclude, ...(query.time === undefined ? {} : { time: query.time }) };
}

function likedIn({ truth }: Case, { liked }: Scale): number[] {
  return Array.from(truth.items).filter((_, i) => (truth.values[i] ?? 0) >= liked);
}

function markedLabel(labelOf: (id: string) => string, liked: ReadonlySet<string>): (id: string) => string {
  return (id) => (liked.has(id) ? `♥ ${labelOf(id)}` : labelOf(id));
}

function hitLine(hits: readonly Recommendation[], later: number): string {
  if (hits.length === 0) return `None of the ten is among the ${later} films this person liked later.`;
  const word = hits.length === 1 ? "One" : String(hits.length);
  return `♥ ${word} of the ten this person did like later, of ${later} in all.`;
}
