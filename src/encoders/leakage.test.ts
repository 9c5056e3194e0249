import { expect, test } from "vitest";
import { createRng } from "../base/rng.ts";
import { createDataset, type Dataset } from "../data/dataset.ts";
import { splitFourStates } from "../data/splits/cold.ts";
import { withTraining } from "../data/splits/training.ts";
import { fitCatalogue } from "./catalogue.ts";
import { defaultRatingsKnowledgeOptions, fitRatingsKnowledge } from "./ratings-knowledge.ts";
import { trendWidth } from "./trends.ts";

const size = { users: 60, items: 110 };
const split = { users: 0.2, items: 0.2, seed: 3 };
const START = 1_500_000_000;

/**
 * A world in which the given users and items carry what nobody else does (a word, a genre, a director, the year 9999, the
 * value 10, a time far in the future) and more of what others carry too. Everything else is the same in every world.
 */
function marked(users: ReadonlySet<number>, items: ReadonlySet<number>): Dataset {
  const rng = createRng(7);
  const cells = Array.from({ length: size.users * size.items }, (_, k) => k).filter(() => rng.next() < 0.3);
  const user = Int32Array.from(cells, (k) => Math.floor(k / size.items));
  const item = Int32Array.from(cells, (k) => k % size.items);
  const cold = cells.map((_, row) => users.has(user[row]!) || items.has(item[row]!));
  const ordinary = cells.map(() => [1 + rng.int(5), START + rng.int(8_000_000)] as const);
  const people = Array.from({ length: size.users }, (_, u) => users.has(u));
  const films = Array.from({ length: size.items }, (_, i) => items.has(i));
  const directors = (i: number): string[] => [`d${i % 80}`, `d${(i * 7) % 80}`];
  return createDataset({
    name: "marked",
    users: {
      ids: people.map((_, u) => `u${u}`),
      columns: {
        job: { kind: "categorical", values: people.map((is, u) => (is ? "marker" : `job${u % 3}`)) },
        age: { kind: "numeric", values: Float64Array.from(people, (is, u) => (is ? 9999 : 20 + (u % 40))) },
      },
    },
    items: {
      ids: films.map((_, i) => `i${i}`),
      columns: {
        genres: {
          kind: "multi",
          values: films.map((is, i) => (is ? ["marker", "g0"] : [`g${i % 4}`])),
        },
        director: {
          kind: "multi",
          values: films.map((is, i) => (is ? ["marker", "d0", "d1"] : directors(i))),
        },
        title: {
          kind: "text",
          values: films.map((is, i) => (is ? "marker word1 word2" : `word${i % 9} word${i % 13} film`)),
        },
        year: { kind: "numeric", values: Float64Array.from(films, (is, i) => (is ? 9999 : 1980 + (i % 30))) },
      },
    },
    interactions: {
      user,
      item,
      value: Float32Array.from(cells, (_, row) => (cold[row] ? 10 : ordinary[row]![0])),
      time: Float64Array.from(cells, (_, row) => (cold[row] ? 9e9 : ordinary[row]![1])),
    },
    scale: { min: 1, max: 10, liked: 4 },
    synthetic: true,
  });
}

const none = new Set<number>();
const plain = marked(none, none);
const { coldUsers, coldItems } = splitFourStates(plain, split);
const cold = new Set(coldItems);
const worlds = [
  ["without the marker", plain],
  ["with it", marked(new Set(coldUsers), cold)],
] as const;
const warmItems = plain.items.ids.map((_, i) => i).filter((i) => !cold.has(i));
const encoder = { minCount: 1, knots: 8, buckets: 4096 };
const training = (world: Dataset) => withTraining(world, splitFourStates(world, split).warm);

/** Rows of warm items. */
const warmRows = (values: ArrayLike<number>, width: number): number[] =>
  warmItems.flatMap((i) => Array.from({ length: width }, (_, j) => values[i * width + j]!));

/** All that a catalogue knows, without what cold items say of themselves. */
function catalogueOf(world: Dataset): object {
  const { means, warm, encoder: fitted, trends, bags } = fitCatalogue(world, { minEvents: 3, encoder });
  const ranges = warmItems.map((i) => [i * bags.fields.length, (i + 1) * bags.fields.length] as const);
  const tokens = ranges.map(([a, b]) => [bags.offsets[a]!, bags.offsets[b]!] as const);
  return {
    means,
    warm,
    encoder: fitted,
    trends: { ...trends, released: warmRows(trends.released, 1) },
    bags: tokens.map(([a, b]) => [[...bags.ids.subarray(a, b)], [...bags.weights.subarray(a, b)]]),
  };
}

async function knowledgeOf(world: Dataset): Promise<object> {
  const { content, factors } = defaultRatingsKnowledgeOptions;
  const options = {
    ...defaultRatingsKnowledgeOptions,
    encoder,
    factors: { ...factors, size: 4 },
    content: { ...content, threads: 1 },
  };
  const known = await fitRatingsKnowledge(world, options);
  return {
    means: known.means,
    encoder: known.encoder,
    people: known.people,
    levels: known.levels,
    factors: known.factors,
    predictedFactors: warmRows(known.predictedFactors, 4),
    predictedLevel: warmRows(known.predictedLevel, 1),
    levelVariance: warmRows(known.levelVariance, 1),
    presence: known.presence,
    familiarity: known.familiarity,
    neighbours: known.neighbours,
  };
}

test("the marker is there, and the split has both cold sides", () => {
  const [, world] = worlds[1];
  expect([coldUsers.length, coldItems.length]).toEqual([12, 22]);
  expect(world.interactions.value.filter((value) => value === 10).length).toBeGreaterThan(300);
  expect(JSON.stringify(world.items)).toContain("marker");
});

test("a catalogue knows nothing of cold people and items", () => {
  const [without, having] = worlds.map(([, world]) => catalogueOf(training(world)));
  expect(having).toEqual(without);
  expect(JSON.stringify(having).includes("marker")).toBe(false);
});

test("nor does the ratings head: levels, words, factors, predictions of warm items", async () => {
  const [without, having] = [await knowledgeOf(training(plain)), await knowledgeOf(training(worlds[1][1]))];
  expect(having).toEqual(without);
  expect(JSON.stringify(having).includes("marker")).toBe(false);
});

test("a leaked world would be seen, part by part", async () => {
  const [, world] = worlds[1];
  const [clean, leaked] = [
    { ...catalogueOf(training(world)), ...(await knowledgeOf(training(world))) },
    { ...catalogueOf(world), ...(await knowledgeOf(world)) },
  ] as Record<string, unknown>[];
  for (const part of Object.keys(clean!)) expect([part, leaked![part]]).not.toEqual([part, clean![part]]);
  expect(JSON.stringify(leaked).includes("marker")).toBe(true);
});

test("content speaks of cold items too, in numbers", async () => {
  const known = await fitRatingsKnowledge(training(plain), defaultRatingsKnowledgeOptions);
  for (const item of coldItems) {
    expect(known.factors.subarray(item * 16, (item + 1) * 16).every((x) => x === 0)).toBe(true);
    expect(Number.isFinite(known.predictedLevel[item]!)).toBe(true);
    expect(known.levelVariance[item]).toBeGreaterThan(0);
  }
  expect(fitCatalogue(training(plain), { minEvents: 3 }).trends.standard).toHaveLength(2 * trendWidth);
});

test("many distinct values are rounded to 21 even levels, few are kept", async () => {
  const even = Array.from({ length: 21 }, (_, i) => expect.closeTo(1 + (9 * i) / 20, 5));
  const many = { ...plain, interactions: { ...plain.interactions } };
  many.interactions.value.forEach((_, row, values) => {
    values[row] = 1 + (row % 100) / 20;
  });
  const few = marked(none, none);
  const levelsOf = async (world: Dataset): Promise<number[]> => [
    ...(await fitRatingsKnowledge(training(world))).levels,
  ];
  expect(await levelsOf(few)).toEqual([1, 2, 3, 4, 5]);
  expect(await levelsOf(many)).toEqual(even);
});
