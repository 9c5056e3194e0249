import { createRng, type Rng } from "../base/rng.ts";
import { createDataset, type Dataset, type Interactions, type Table } from "./dataset.ts";
import { genreNouns, titleMaker } from "./synthetic/titles.ts";

export interface SyntheticOptions {
  /** Default 3,000. */
  readonly users?: number;
  /** Default 800. */
  readonly items?: number;
  readonly seed: number | string;
}

const genres = Object.keys(genreNouns);
/** Latent dimensions of taste. */
const width = 6;
const day = 86_400;
const days = 240;
/** 1 March 2013, where MovieTweetings begins. */
const start = 1_362_096_000;

/** One invented film: its attributes, and what makes people watch and like it. */
interface Film {
  readonly title: string;
  readonly genres: readonly string[];
  readonly year: number;
  /** Day of the world on which it comes out; negative for what was there before. */
  readonly released: number;
  /** Popularity when it is new. */
  readonly fame: number;
  readonly quality: number;
  readonly taste: readonly number[];
}

/**
 * A generated world in the shape of MovieTweetings, for when no real data can be had: few films are watched by many,
 * popularity fades after a release, most people have a handful of events, and latent tastes go with genres.
 *
 * A person with taste u watches film i on day t with probability proportional to fame_i(t) exp(u.v_i) and rates it
 * 6.8 + b_u + b_i + .9 u.v_i + noise, rounded to 0-10. What of it is noise is known, so it also serves as a test.
 *
 * @example const dataset = syntheticWorld({ seed: 1 }); dataset.synthetic; // true
 */
export function syntheticWorld({ users = 3000, items = 800, seed }: SyntheticOptions): Dataset {
  const rng = createRng(seed).split("synthetic-world");
  const films = makeFilms(items, rng.split("films"));
  const interactions = watchFilms(users, films, rng.split("events"));
  return createDataset({
    name: "synthetic",
    users: { ids: Array.from({ length: users }, (_, i) => `u${i + 1}`), columns: {} },
    items: filmTable(films),
    interactions,
    scale: { min: 0, max: 10, liked: 8 },
    synthetic: true,
  });
}

function makeFilms(count: number, rng: Rng): Film[] {
  const genreTastes = new Map(genres.map((genre) => [genre, normals(width, rng)]));
  const title = titleMaker(rng.split("titles"));
  return Array.from({ length: count }, (_, i) => makeFilm(i, genreTastes, title, rng));
}

function makeFilm(
  i: number,
  genreTastes: ReadonlyMap<string, readonly number[]>,
  title: (genres: readonly string[]) => string,
  rng: Rng,
): Film {
  const own = rng.sample(genres, 1 + rng.int(3));
  const taste = normals(width, rng).map((noise, d) => {
    const mean = own.reduce((sum, genre) => sum + genreTastes.get(genre)![d]!, 0) / Math.sqrt(own.length);
    return (0.8 * mean + 0.4 * noise) / Math.sqrt(width);
  });
  const isNew = rng.next() < 0.3;
  const age = Math.floor(-9 * Math.log(1 - rng.next()));
  return {
    title: title(own),
    genres: own.sort(),
    year: isNew ? 2013 : Math.max(1925, 2012 - age),
    released: isNew ? rng.int(days) - 20 : -60 - 365 * age,
    fame: (i + 1) ** -1.1 * Math.exp(0.3 * rng.normal()),
    quality: 0.7 * rng.normal(),
    taste,
  };
}

/** Popularity on a day: a release is news for some weeks, a film stays in the catalogue for good. */
function fameOn(film: Film, today: number): number {
  const age = today - film.released;
  return age < 0 ? 0 : film.fame * (0.15 + 2 * Math.exp(-age / 25));
}

interface EventRow {
  readonly user: number;
  readonly item: number;
  readonly value: number;
  readonly time: number;
}

function watchFilms(users: number, films: readonly Film[], rng: Rng): Interactions {
  const fame = Array.from({ length: days }, (_, today) => films.map((film) => fameOn(film, today)));
  const rows = Array.from({ length: users }, (_, user) =>
    watchAll(user, films, fame, rng.split(user)),
  ).flat();
  return {
    user: Int32Array.from(rows, (row) => row.user),
    item: Int32Array.from(rows, (row) => row.item),
    value: Float32Array.from(rows, (row) => row.value),
    time: Float64Array.from(rows, (row) => row.time),
  };
}

/** One person's events, in time order. */
function watchAll(
  user: number,
  films: readonly Film[],
  fame: readonly (readonly number[])[],
  rng: Rng,
): EventRow[] {
  const taste = normals(width, rng).map((x) => 1.3 * x);
  const mood = 0.7 * rng.normal();
  const liking = films.map((film) => dot(taste, film.taste));
  const appetite = liking.map(Math.exp);
  const count = Math.min(Math.floor(1.9 * (1 - rng.next()) ** -1), Math.max(1, films.length >> 2), 200);
  const times = visitTimes(count, rng);
  return times.map((time) => {
    const today = fame[Math.min(days - 1, Math.floor((time - start) / day))]!;
    const item = choose(today, appetite, rng);
    appetite[item] = 0;
    const felt = 6.8 + mood + films[item]!.quality + 0.9 * liking[item]! + rng.normal();
    return { user, item, value: Math.min(10, Math.max(0, Math.round(felt))), time };
  });
}

/** A person comes on some day and then back at irregular times, until the world ends. Unix seconds, ascending. */
function visitTimes(count: number, rng: Rng): number[] {
  const first = rng.next();
  const later = Array.from({ length: count - 1 }, () => first + (1 - first) * rng.next() ** 1.5);
  return [first, ...later].sort((a, b) => a - b).map((share) => start + Math.floor(share * (days * day - 1)));
}

function choose(fame: readonly number[], appetite: readonly number[], rng: Rng): number {
  let total = 0;
  for (let i = 0; i < fame.length; i++) total += fame[i]! * appetite[i]!;
  let left = rng.next() * total;
  let last = 0;
  for (let i = 0; i < fame.length; i++) {
    const weight = fame[i]! * appetite[i]!;
    if (weight > 0) last = i;
    left -= weight;
    if (left < 0) return last;
  }
  return last;
}

function filmTable(films: readonly Film[]): Table {
  return {
    ids: films.map((_, i) => `m${String(i + 1).padStart(4, "0")}`),
    columns: {
      title: { kind: "text", values: films.map((film) => film.title) },
      year: { kind: "numeric", values: Float64Array.from(films, (film) => film.year) },
      genres: { kind: "multi", values: films.map((film) => film.genres) },
    },
  };
}

function normals(count: number, rng: Rng): number[] {
  return Array.from({ length: count }, () => rng.normal());
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, x, d) => sum + x * b[d]!, 0);
}
