import { expect, test } from "vitest";
import { checkerboard, checkerboardValue } from "../../testing/worlds/checkerboard.ts";
import type { Dataset } from "../data/dataset.ts";
import { emptyHistory, type Query } from "../data/query.ts";
import { bprDefaults, fitBpr } from "./bpr.ts";
import { featuresDefaults, fitFeatures } from "./features.ts";
import { createWorkspace } from "./kernels/workspace.ts";
import { pairFolder, pairSource, scoreAll } from "./pairs.ts";

const small = { embeddingSize: 8, epochs: 30 };
const plain = checkerboard({ items: 41, seed: 2 });
/** The same world in which users and items tell their colour; item 40 has no event. */
const coloured: Dataset = {
  ...plain,
  users: { ...plain.users, columns: { team: colours(plain.users.ids.length) } },
  items: { ...plain.items, columns: { colour: colours(plain.items.ids.length) } },
};

function colours(count: number): Dataset["items"]["columns"][string] {
  return {
    kind: "categorical",
    values: Array.from({ length: count }, (_, row) => (row % 2 === 0 ? "white" : "black")),
  };
}

/** Share of pairs of one right and one wrong item that stand in the right order. */
function ordered(scores: Float32Array, items: Int32Array, user: number): number {
  const right = [...scores].filter((_, at) => checkerboardValue(user, items[at] ?? 0) === 5);
  const wrong = [...scores].filter((_, at) => checkerboardValue(user, items[at] ?? 0) === 1);
  const pairs = right.flatMap((a) => wrong.map((b) => (a > b ? 1 : 0)));
  return pairs.reduce<number>((sum, v) => sum + v, 0) / pairs.length;
}

const items = Int32Array.from({ length: 40 }, (_, i) => i);

test.each([0, 0.5])(
  "BPR knows the people of training without a history, %f of negatives popular",
  async (popularNegatives) => {
    const ranker = await fitBpr(plain, { ...bprDefaults, ...small, popularNegatives });
    for (const user of [0, 1, 6, 7]) {
      const scores = await ranker.score({ user, history: emptyHistory }, items);
      expect(ordered(scores, items, user)).toBeGreaterThan(0.99);
    }
  },
);

test("what a fold-in knows grows with its steps", async () => {
  const history = { items: Int32Array.of(0, 2, 4), values: Float32Array.of(5, 5, 5) };
  const right = async (foldInSteps: number): Promise<number> => {
    const ranker = await fitBpr(plain, { ...bprDefaults, ...small, foldInSteps, foldInPasses: 0 });
    return ordered(await ranker.score({ history }, items), items, 0);
  };
  expect(await right(0)).toBeLessThan(0.7);
  expect(await right(200)).toBeGreaterThan(0.95);
});

test.each([1, 10])(
  "features alone tell strangers and unused items apart, at most %i draws a step",
  async (maxTrials) => {
    const ranker = await fitFeatures(coloured, { ...featuresDefaults, ...small, maxTrials, minCount: 1 });
    const ask = (query: Omit<Query, "history">): Promise<Float32Array> =>
      ranker.score({ ...query, history: emptyHistory }, items);
    expect(ordered(await ask({ features: { team: "white" } }), items, 0)).toBeGreaterThan(0.95);
    expect(ordered(await ask({ features: { team: "black" } }), items, 1)).toBeGreaterThan(0.95);
    expect(ordered(await ask({ user: 4 }), items, 4)).toBeGreaterThan(0.95);
    // The unused item 40 is white, as item 38; item 39 is black.
    const whites = await ranker.score(
      { history: { items: Int32Array.of(0, 2, 4), values: Float32Array.of(5, 5, 5) } },
      Int32Array.of(40, 39, 37),
    );
    expect(whites[0]).toBeGreaterThan(Math.max(whites[1] ?? 0, whites[2] ?? 0));
  },
);

test("whoever likes everything has passed nothing over", async () => {
  const everything = checkerboard({ users: 6, items: 8, density: 1, seed: 3 });
  const value = everything.interactions.value.map(() => 5);
  const world: Dataset = { ...everything, interactions: { ...everything.interactions, value } };
  const after = async (epochs: number): Promise<Float32Array> => {
    const ranker = await fitBpr(world, { ...bprDefaults, embeddingSize: 4, epochs });
    return ranker.score({ user: 2, history: emptyHistory }, items.subarray(0, 7));
  };
  expect(await after(20)).toEqual(await after(0));
});

test("a fold-in by hand: two steps, the second at half the rate", () => {
  const space = createWorkspace(2, { items: 3, x: 1, start: 1 });
  // Item 0 against items 1 and 2, which are alike; the bias stands second.
  space.areas.items.values.set([1, 0.5, 0, 0, -1, -0.2, 0, 0, -1, -0.2, 0, 0]);
  space.areas.start.values.set([0.3, 0, 0, 0]);
  const model = { embeddingSize: 1, space };
  let x = 0.3;
  for (const rate of [0.1, 0.05]) x += rate * (2 / (1 + Math.exp(2 * x + 0.7)) - 0.5 * (x - 0.3));
  const want = [x + 0.5, -x - 0.2, -0.2].map((v) => expect.closeTo(v, 6));
  const config = { foldInRate: 0.1, foldInRegularisation: 0.5, seed: 1 };
  for (const steps of [
    { foldInSteps: 2, foldInPasses: 0 },
    { foldInSteps: 0, foldInPasses: 2 },
  ]) {
    pairFolder(model, { ...config, ...steps }, Int32Array.of(1, 2))(Int32Array.of(0));
    // An item that came after training has the lowest bias.
    expect([...scoreAll(model, Int32Array.of(0, 1, 3))]).toEqual(want);
  }
});

test("pairs are drawn from likes in order, and from items that somebody likes", () => {
  const byUser = { offsets: Int32Array.of(0, 2, 2, 3), others: Int32Array.of(3, 1, 1) };
  const byItem = { offsets: Int32Array.of(0, 0, 2, 2, 3), others: Int32Array.of(0, 2, 0) };
  const { likes, users, negatives } = pairSource({ byUser, byItem });
  expect([...likes.others]).toEqual([1, 3, 1]);
  expect([...users]).toEqual([0, 0, 2]);
  expect([...negatives]).toEqual([1, 3]);
  expect([...byUser.others]).toEqual([3, 1, 1]);
});

test.each([
  ["BPR", fitBpr],
  [
    "feature factorisation",
    (...[train, _, context]: Parameters<typeof fitBpr>) => fitFeatures(train, featuresDefaults, context),
  ],
] as const)("%s tells its epochs and can be stopped", async (name, fit) => {
  const stop = new AbortController();
  const seen: number[] = [];
  const update = (done: number): void => {
    seen.push(done);
    stop.abort();
  };
  const context = { progress: { start: () => ({ update, finish() {} }) }, signal: stop.signal };
  const stopped = fit(plain, { ...bprDefaults, ...small }, context);
  await expect(stopped).rejects.toThrow(new RegExp(`^${name}: expected \\d+ epochs, got a stop`));
  expect(seen).toEqual([1]);
});
