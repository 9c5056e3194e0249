import { expect, test } from "vitest";
import { createRng } from "../../base/rng.ts";
import { createDataset, type Dataset, type Interactions } from "../dataset.ts";
import { fitColumnMoments, fitValueMoments } from "../statistics.ts";
import { fitVocabularies, rowIndices } from "../vocabulary.ts";
import { splitColdItems, splitColdUsers, splitFourStates } from "./cold.ts";
import { withTraining } from "./training.ts";

const marker = "zzmarker";
const size = { users: 40, items: 30 };

/**
 * A world in which only the given users and items carry the marker: as a category, as a word, as the year 9999 and as the
 * rating 10; everything else is ordinary.
 */
function markedWorld(users: ReadonlySet<number>, items: ReadonlySet<number>): Dataset {
  const rng = createRng(7);
  const pairs = Array.from({ length: size.users * size.items }, (_, i) => i).filter(() => rng.next() < 0.5);
  const user = Int32Array.from(pairs, (i) => Math.floor(i / size.items));
  const item = Int32Array.from(pairs, (i) => i % size.items);
  const value = Float32Array.from(pairs, (_, row) =>
    users.has(user[row]!) || items.has(item[row]!) ? 10 : 1 + rng.int(5),
  );
  const table = (count: number, marked: ReadonlySet<number>) => {
    const rows = Array.from({ length: count }, (_, row) => marked.has(row));
    return {
      ids: rows.map((_, row) => `#${row}`),
      columns: {
        kind: { kind: "categorical" as const, values: rows.map((is) => (is ? marker : "plain")) },
        tags: { kind: "multi" as const, values: rows.map((is) => (is ? ["plain", marker] : ["plain"])) },
        title: { kind: "text" as const, values: rows.map((is) => (is ? `A ${marker} film` : "A film")) },
        year: { kind: "numeric" as const, values: Float64Array.from(rows, (is) => (is ? 9999 : 2000)) },
      },
    };
  };
  return createDataset({
    name: "marked",
    users: table(size.users, users),
    items: table(size.items, items),
    interactions: { user, item, value },
    scale: { min: 1, max: 10, liked: 8 },
    synthetic: true,
  });
}

const none = new Set<number>();

/** Everything that is fitted on training data, as text. */
function fitted(dataset: Dataset, train: Interactions): string {
  const training = withTraining(dataset, train);
  const sides = (["users", "items"] as const).map((side) => ({
    words: Object.values(fitVocabularies(training, side)).map(({ words }) => words),
    year: fitColumnMoments(training, side, "year"),
  }));
  return JSON.stringify({ sides, values: fitValueMoments(training) });
}

const leaks = (text: string): boolean =>
  text.includes(marker) ||
  !text.includes('"mean":2000,') ||
  !/"values":\{"count":\d+,"mean":[1-5]\./u.test(text);

test("nothing that only cold users carry reaches what is fitted", () => {
  const { coldUsers } = splitColdUsers(markedWorld(none, none), { fraction: 0.2, seed: 3 });
  const world = markedWorld(new Set(coldUsers), none);
  const split = splitColdUsers(world, { fraction: 0.2, seed: 3 });
  expect([...split.coldUsers]).toEqual([...coldUsers]);
  expect(split.heldOut.value.every((value) => value === 10)).toBe(true);
  expect(split.train.value.some((value) => value === 10)).toBe(false);
  expect(leaks(fitted(world, split.train))).toBe(false);
  expect(leaks(fitted(world, world.interactions))).toBe(true);
});

test("nothing that only cold items carry reaches what is fitted", () => {
  const { coldItems } = splitColdItems(markedWorld(none, none), { fraction: 0.2, seed: 3 });
  const world = markedWorld(none, new Set(coldItems));
  const { train } = splitColdItems(world, { fraction: 0.2, seed: 3 });
  expect(train.value.some((value) => value === 10)).toBe(false);
  expect(leaks(fitted(world, train))).toBe(false);
  expect(leaks(fitted(world, world.interactions))).toBe(true);
});

test("the warm state of four knows nothing of either cold side", () => {
  const options = { users: 0.2, items: 0.2, seed: 3 };
  const { coldUsers, coldItems } = splitFourStates(markedWorld(none, none), options);
  const world = markedWorld(new Set(coldUsers), new Set(coldItems));
  const states = splitFourStates(world, options);
  expect(leaks(fitted(world, states.warm))).toBe(false);
  for (const cold of [states.coldUser, states.coldItem, states.bothCold]) {
    expect(leaks(fitted(world, cold))).toBe(true);
  }
});

test("cold rows have the unknown embedding row", () => {
  const world = markedWorld(none, none);
  const { train, coldItems } = splitColdItems(world, { fraction: 0.2, seed: 3 });
  const training = withTraining(world, train);
  const indices = rowIndices(training.warmItems, size.items);
  expect([...coldItems].map((row) => indices[row])).toEqual(new Array(coldItems.length).fill(0));
  expect(Math.max(...indices)).toBe(training.warmItems.length);
  expect(new Set(indices).size).toBe(training.warmItems.length + 1);
});
