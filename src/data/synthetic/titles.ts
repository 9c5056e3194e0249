import type { Rng } from "../../base/rng.ts";

/** Genres of the generated world, each with the nouns its titles like. */
export const genreNouns: Readonly<Record<string, readonly string[]>> = {
  Action: ["Bullet", "Convoy", "Fury", "Siege", "Strike", "Runway", "Vendetta", "Outpost"],
  Adventure: ["Compass", "Expedition", "Island", "Voyage", "Summit", "Lagoon", "Caravan", "Map"],
  Animation: ["Teapot", "Hedgehog", "Kite", "Toyshop", "Snowman", "Balloon", "Lantern", "Puppet"],
  Comedy: ["Wedding", "Landlord", "Roommate", "Vacation", "Casserole", "Moustache", "Picnic", "Mix-Up"],
  Crime: ["Alibi", "Heist", "Informant", "Ledger", "Witness", "Safe", "Racket", "Getaway"],
  Drama: ["Winter", "Silence", "Daughter", "Orchard", "Letter", "Harvest", "Farewell", "House"],
  Horror: ["Cellar", "Whisper", "Crypt", "Scarecrow", "Seance", "Asylum", "Hollow", "Visitor"],
  Musical: ["Serenade", "Chorus", "Ballroom", "Encore", "Trumpet", "Waltz", "Rhapsody", "Stage"],
  Mystery: ["Cipher", "Portrait", "Key", "Shadow", "Clockmaker", "Labyrinth", "Riddle", "Stranger"],
  Romance: ["Kiss", "Promise", "Summer", "Valentine", "Heart", "Embrace", "Dance", "Honeymoon"],
  "Sci-Fi": ["Orbit", "Android", "Signal", "Nebula", "Paradox", "Colony", "Satellite", "Horizon"],
  Western: ["Saloon", "Sheriff", "Mustang", "Canyon", "Prairie", "Outlaw", "Stagecoach", "Gold"],
};

const adjectives =
  "Last Broken Golden Silent Crimson Hidden Distant Reluctant Midnight Perfect Forgotten Electric Gentle Burning Paper Seventh".split(
    " ",
  );
const places =
  "Lisbon Montana Kyoto Tangier Oslo Havana Bombay Patagonia Vienna Brooklyn Nairobi Cornwall Odessa Yukon".split(
    " ",
  );
const people =
  "Clara Agnes Otto Marlowe Beatrix Solomon Ivy Casper Juno Leopold Mabel Rufus Edith Hugo".split(" ");

const pick = <T>(rng: Rng, values: readonly T[]): T => values[rng.int(values.length)]!;

type Pattern = (noun: () => string, rng: Rng) => string;

const patterns: readonly Pattern[] = [
  (noun, rng) => `The ${pick(rng, adjectives)} ${noun()}`,
  (noun, rng) => `${pick(rng, adjectives)} ${noun()}`,
  (noun, rng) => `${pick(rng, people)}'s ${noun()}`,
  (noun, rng) => `The ${noun()} of ${pick(rng, places)}`,
  (noun, rng) => `${noun()} in ${pick(rng, places)}`,
  (noun) => `The ${noun()} and the ${noun()}`,
  (noun, rng) => `${pick(rng, people)} and the ${noun()}`,
];

const numerals = ["", " II", " III", " IV", " V", " VI", " VII", " VIII", " IX", " X"];

/** A maker of invented film titles; a title that comes again is a sequel. */
export function titleMaker(rng: Rng): (genres: readonly string[]) => string {
  const used = new Map<string, number>();
  return (genres) => {
    const title = pick(rng, patterns)(() => pick(rng, genreNouns[pick(rng, genres)]!), rng);
    const part = used.get(title) ?? 0;
    used.set(title, part + 1);
    return `${title}${numerals[part] ?? ` ${part + 1}`}`;
  };
}
