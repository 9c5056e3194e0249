import { expect, test } from "vitest";
import { domainWorld } from "../../../testing/worlds/two-domains.ts";
import { createRng } from "../../base/rng.ts";
import type { Dataset } from "../../data/dataset.ts";
import { joinDomains } from "../../data/join/join.ts";
import { partitionRows } from "../../data/splits/interactions.ts";
import { withTraining } from "../../data/splits/training.ts";
import { domainDistance } from "./distance.ts";
import { domainsOfSource, plainSource, weightedSource, withSource } from "./source-tasks.ts";
import { knownSource, type TransferWorld, transferWorld } from "./world.ts";

const GENRES = 8;
const source = domainWorld({ name: "there", users: 400, pairing: "neighbours", seed: 2 });
const all = domainWorld({ name: "here", users: 200, pairing: "neighbours", seed: 1 });
/** Only people who use the first four genres. */
const half = partitionRows(all.interactions, (row) => all.interactions.item[row]! % GENRES < 4).kept;
const worldOf = (target: Dataset): TransferWorld => {
  const joined = joinDomains(source, target);
  const options = { catalogue: 96, seed: 1 };
  return transferWorld(
    joined,
    withTraining(target, target.interactions),
    knownSource(joined, options),
    options,
  );
};
const firstGenre = (items: Int32Array): number => items[0]! % GENRES;

test("importance weighting draws those of the source whom the target has", () => {
  const world = worldOf({ ...all, interactions: half });
  const share = (tasks: ReturnType<typeof plainSource>): number => {
    const drawn = tasks.sample(200, createRng(1)).map((one) => tasks.build(one));
    return drawn.filter((task) => firstGenre(task.own!.items) < 4).length / drawn.length;
  };
  expect(share(plainSource(world))).toBeLessThan(0.6);
  expect(share(weightedSource(world, 1))).toBeGreaterThan(0.9);
});

test("domains inside of the source are values with many events; their tasks hold nothing else", () => {
  const many = domainWorld({ name: "there", users: 1200, pairing: "neighbours", seed: 2 });
  const joined = joinDomains(many, all);
  const options = { catalogue: 96, seed: 1 };
  const world = transferWorld(
    joined,
    withTraining(all, all.interactions),
    knownSource(joined, options),
    options,
  );
  const tasks = domainsOfSource(world);
  const drawn = tasks.sample(40, createRng(1)).map((one) => tasks.build(one));
  const genres = new Map<number, Set<number>>();
  for (const task of drawn) {
    const found = genres.get(task.domain!) ?? new Set();
    for (const item of task.own!.items) found.add(item % GENRES);
    genres.set(task.domain!, found);
  }
  expect([...genres.keys()].sort((a, b) => a - b)).toEqual([1, 2, 3, 4]);
  for (const found of genres.values()) expect(found.size).toBe(1);
});

test("a joint epoch meets as many of the source as of the target, each built by its own side", () => {
  const world = worldOf(all);
  const own = { sample: () => [{ subject: 0, shots: 0, seed: "1" }], build: () => ({}) as never, valid: [] };
  const both = withSource(own, plainSource(world));
  const described = both.sample(createRng(1));
  expect(described).toHaveLength(2);
  expect(both.build(described[1]!).domain).toBe(1);
});

test("an open catalogue holds items that nobody has used, and those with most likes first", () => {
  const few = partitionRows(all.interactions, (row) => all.interactions.user[row]! < 5).kept;
  const joined = joinDomains(source, all);
  const options = { catalogue: 50, seed: 1 };
  const world = transferWorld(joined, withTraining(all, few), knownSource(joined, options), options);
  const warm = new Set(world.target.catalogue.warm);
  expect(warm.size).toBe(50);
  for (const item of few.item) expect(warm.has(item)).toBe(true);
});

test("the distance of a domain and its half: what is used differs, words and values do not", () => {
  const near = domainDistance(joinDomains(source, all));
  const far = domainDistance(joinDomains(source, { ...all, interactions: half }));
  expect(near.aDistance).toBeLessThan(0.25);
  expect(far.aDistance).toBeGreaterThan(0.8);
  // Kernel 1 of one genre and exp(-1/2) of two, shares 1/8 of all against 1/4 of half: (1 - exp(-1/2)) / 8.
  expect(far.mmd).toBeCloseTo((1 - Math.exp(-0.5)) / 8, 2);
  expect(near.mmd).toBeCloseTo(0, 2);
  expect(near).toMatchObject({ users: 0, items: 0, events: 0, meanValue: [1, 1] });
  const same = domainDistance(joinDomains(all, all, { sharedUsers: true, sharedItems: true }));
  expect(same).toMatchObject({ users: 1, items: 1, events: 1, words: 1 });
  expect(same.popularity).toBeCloseTo(1);
  // Without attributes nobody knows how alike the items are.
  const bare = { ...all, items: { ids: all.items.ids, columns: {} } };
  expect(domainDistance(joinDomains(bare, bare))).toMatchObject({ aDistance: Number.NaN, mmd: Number.NaN });
});
