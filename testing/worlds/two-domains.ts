import { createRng, type Rng } from "../../src/base/rng.ts";
import { createDataset, type Dataset } from "../../src/data/dataset.ts";

/** Genres come in pairs that go together: who likes one of a pair likes the other, and nothing else. */
export type Pairing = "neighbours" | "opposites";

const GENRES = 8;
const DAY = 86_400;

/** The genre that goes with a genre: 0-1, 2-3, ... or 0-4, 1-5, ... */
export function partnerOf(genre: number, pairing: Pairing): number {
  return pairing === "neighbours" ? genre ^ 1 : (genre + GENRES / 2) % GENRES;
}

export interface DomainWorldOptions {
  readonly name: string;
  readonly users: number;
  readonly pairing: Pairing;
  readonly seed: number;
  /** Items of one genre; 12 unless told. */
  readonly items?: number;
  readonly timed?: boolean;
}

/**
 * A domain with a known answer: each item has one genre, each person one pair of genres, and uses eight items of the two,
 * one genre first, then the other. Every genre is equally popular. So what somebody does next is known by whoever knows
 * which genres go together, and a domain with the same pairs teaches that, one with other pairs teaches the opposite.
 */
export function domainWorld({
  name,
  users,
  pairing,
  seed,
  items = 12,
  timed = true,
}: DomainWorldOptions): Dataset {
  const rng = createRng(seed).split(name);
  const rows = Array.from({ length: users }, (_, user) =>
    eventsOf(user, rng.split(user), { pairing, items }),
  ).flat();
  const count = GENRES * items;
  return createDataset({
    name,
    users: { ids: Array.from({ length: users }, (_, i) => `${name} ${i}`), columns: {} },
    items: {
      ids: Array.from({ length: count }, (_, i) => `${name} item ${i}`),
      columns: {
        genres: { kind: "multi", values: Array.from({ length: count }, (_, i) => [`genre ${i % GENRES}`]) },
      },
    },
    interactions: {
      user: Int32Array.from(rows, ({ user }) => user),
      item: Int32Array.from(rows, ({ item }) => item),
      value: new Float32Array(rows.length).fill(1),
      ...(timed && { time: Float64Array.from(rows, ({ time }) => time) }),
    },
    scale: { min: 0, max: 1, liked: 1 },
    synthetic: true,
  });
}

function eventsOf(
  user: number,
  rng: Rng,
  { pairing, items }: { readonly pairing: Pairing; readonly items: number },
): { readonly user: number; readonly item: number; readonly time: number }[] {
  const first = rng.int(GENRES);
  const genres = [first, partnerOf(first, pairing)];
  const start = 1_500_000_000 + rng.int(300) * DAY;
  return genres.flatMap((genre, half) =>
    rng
      .sample([...new Array(items).keys()], 4)
      .map((place, i) => ({ user, item: place * GENRES + genre, time: start + (4 * half + i) * DAY })),
  );
}
