import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { checkerboardValue } from "../../../testing/worlds/checkerboard.ts";
import { silentProgress } from "../../base/progress.ts";
import { createDataset, type Dataset } from "../../data/dataset.ts";
import { ml1m } from "../../data/known/ml1m.ts";
import type { PairScorer } from "../../data/query.ts";
import { readDataset } from "../../data/read/dataset.ts";
import { metaEmb } from "./meta-emb.ts";
import type { PairGroup } from "./pair-protocol.ts";
import { evaluatePairs } from "./pairs.ts";

/** Item `i` was used by the first `sizes[i]` users, who think of it what the checkerboard says. */
function worldOf(sizes: readonly number[]): Dataset {
  const events = sizes.flatMap((size, item) => Array.from({ length: size }, (_, user) => ({ user, item })));
  return createDataset({
    name: "sizes",
    users: { ids: Array.from({ length: Math.max(...sizes) }, (_, u) => `u${u}`), columns: {} },
    items: { ids: sizes.map((_, i) => `i${i}`), columns: {} },
    interactions: {
      user: Int32Array.from(events, ({ user }) => user),
      item: Int32Array.from(events, ({ item }) => item),
      value: Float32Array.from(events, ({ user, item }) => checkerboardValue(user, item)),
    },
    scale: { min: 1, max: 5, liked: 4 },
    synthetic: true,
  });
}

const world = worldOf([30, 19, 20, 9, 10, 2]);
const options = { seed: 1, draws: 2, oldFrom: 20, newFrom: 10, batch: 3 };
const protocol = metaEmb(world, options);
const group = (state: string, draw = 0): PairGroup =>
  protocol.groups.find((one) => one.state === state && one.draw === draw)!;

test("old items train, new ones are judged, rare ones are left out", () => {
  expect([...protocol.train.warmItems]).toEqual([0, 2]);
  expect(protocol.train.interactions.item).toHaveLength(50);
  expect(protocol.groups).toHaveLength(8);
  for (const { cases } of protocol.groups) expect(cases.map(({ id }) => id)).toEqual(["i1", "i4"]);
});

test("the stages of an item are nested, judged on the same users, who never warmed it", () => {
  for (const draw of [0, 1]) {
    const stages = ["cold", "warm-a", "warm-b", "warm-c"].map((state) => group(state, draw));
    expect(stages.map(({ shots }) => shots)).toEqual([0, 3, 6, 9]);
    stages[3]!.cases.forEach((last, at) => {
      const warming = [...last.query.history.users!];
      expect(warming).toHaveLength(9);
      stages.forEach(({ shots, cases }) => {
        expect([...cases[at]!.query.history.users!]).toEqual(warming.slice(0, shots));
        expect(cases[at]!.pairs).toEqual(last.pairs);
      });
      const everybody = [...warming, ...last.pairs.users].toSorted((a, b) => a - b);
      expect(everybody).toEqual([...new Array(at === 0 ? 19 : 10).keys()]);
    });
  }
});

test("values stay with their users", () => {
  for (const { query, pairs, values } of group("warm-b").cases) {
    pairs.users.forEach((user, i) => {
      expect(pairs.items[i]).toBe(query.item);
      expect(values[i]).toBe(checkerboardValue(user, query.item!));
    });
    const { users: warming, values: given } = query.history;
    warming!.forEach((user, i) => expect(given[i]).toBe(checkerboardValue(user, query.item!)));
  }
});

test("draws and seeds change who warms an item, the same seed does not", () => {
  const warming = ({ cases }: PairGroup): number[][] => cases.map(({ query }) => [...query.history.users!]);
  expect(warming(group("warm-c", 1))).not.toEqual(warming(group("warm-c")));
  const again = metaEmb(world, { ...options, draws: 1 }).groups[3]!;
  expect(warming(again)).toEqual(warming(group("warm-c")));
  expect(warming(metaEmb(world, { ...options, seed: 2 }).groups[3]!)).not.toEqual(warming(again));
});

test("what cannot be split is refused with a hint", () => {
  expect(() => metaEmb(world, { ...options, oldFrom: 31 })).toThrow("got 4 new items and no old ones");
  expect(() => metaEmb(world, { ...options, newFrom: 20 })).toThrow("got 0 new items and some old ones");
  expect(() => metaEmb(world, { ...options, newFrom: 9 })).toThrow(
    "expected new items with more than the 9 events of three mini-batches, got newFrom 9",
  );
});

test("a scorer is asked for every case and its answers stay in place", async () => {
  const oracle: PairScorer = {
    name: "oracle",
    probability: async (_, { users, items }) =>
      Float32Array.from(users, (user, i) => (checkerboardValue(user, items[i]!) >= 4 ? 0.75 : 0.25)),
  };
  const { groups, system } = await evaluatePairs(oracle, protocol);
  expect(system).toBe("oracle");
  for (const { probability, liked, offsets, ids } of groups) {
    expect([[...offsets], ids]).toEqual([
      [0, 10, 11],
      ["i1", "i4"],
    ]);
    liked.forEach((yes, pair) => expect(probability[pair]).toBe(yes ? 0.75 : 0.25));
    expect(new Set(liked)).toEqual(new Set([0, 1]));
  }
});

test("a pair is positive from the value on that is liked", async () => {
  const [first] = protocol.groups;
  const one = {
    ...first!.cases[0]!,
    pairs: { users: Int32Array.of(1, 2), items: Int32Array.of(1, 1) },
    values: Float32Array.of(4, 3.5),
  };
  const half: PairScorer = { name: "half", probability: async () => Float32Array.of(0.5, 0.5) };
  const { groups } = await evaluatePairs(half, { ...protocol, groups: [{ ...first!, cases: [one] }] });
  expect([...groups[0]!.liked]).toEqual([1, 0]);
});

test("answers that are too short or no probabilities are refused, a stop is obeyed", async () => {
  const saying = (answer: readonly number[]): PairScorer => ({
    name: "odd",
    probability: async () => Float32Array.from(answer),
  });
  await expect(evaluatePairs(saying([1]), protocol)).rejects.toThrow(
    "probabilities by odd for i1: expected 10 probabilities, one a pair, got 1",
  );
  for (const bad of [1.5, -0.1, Number.NaN])
    await expect(evaluatePairs(saying(new Array(10).fill(bad)), protocol)).rejects.toThrow("one a pair, got");
  const context = { progress: silentProgress, signal: AbortSignal.abort() };
  await expect(evaluatePairs(saying([]), protocol, context)).rejects.toThrow("got a stop after 0");
});

const folder = "../shared/data/ml-1m";
test.skipIf(!existsSync(folder))(
  "MovieLens-1M has the published numbers of old and new items (needs ../shared/data)",
  async () => {
    const { dataset } = await readDataset(ml1m, folder);
    const { train, groups } = metaEmb(dataset, { seed: 1, draws: 1 });
    expect([train.warmItems.length, groups[0]!.cases.length]).toEqual([1058, 1127]);
  },
  60_000,
);
