import { expect, test } from "vitest";
import { tinyWorld } from "../../../testing/worlds/tiny.ts";
import { twoShops } from "../../../testing/worlds/two-shops.ts";
import { silentProgress } from "../../base/progress.ts";
import { emptyHistory, type History } from "../../data/query.ts";
import { withTraining } from "../../data/splits/training.ts";
import { twoDomains } from "./domains.ts";
import { mixtureWeights } from "./mixture.ts";
import { twoDomainRows } from "./rows.ts";

const world = twoShops();
const kinds = 4;
const fit = { seed: 1, validFraction: 0.1, context: { progress: silentProgress } };
const small = { embeddingSize: 8, factorEpochs: 8, unobservedWeight: 0.1, regularisation: 0.1 };
const own: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  emcdr: { ...small, hidden: 16, epochs: 60, batchTasks: 32, learningRate: 0.01 },
  ptupcdr: {
    ...small,
    hidden: 16,
    epochs: 40,
    batchTasks: 32,
    maxEvents: 6,
    learningRate: 0.01,
    weightDecay: 0.1,
  },
  "domain-mixture": small,
};

function historyOf(user: number): History {
  const { interactions } = world.train;
  const items = interactions.item.filter((_, row) => interactions.user[row] === user);
  return { items, values: new Float32Array(items.length).fill(1) };
}

/** Share of the top films of which the kind is the one that goes with the person's. */
async function found(score: (user: number) => Promise<Float32Array>): Promise<number> {
  let right = 0;
  for (const user of world.cold) {
    const scores = await score(user);
    const order = [...world.films.keys()].sort((a, b) => scores[b]! - scores[a]!).slice(0, 8);
    right += order.filter((film) => world.kindOf(film) === kinds - 1 - world.kindOf(user)).length;
  }
  return right / (8 * world.cold.length);
}

test.each(twoDomainRows)("$name: books say which films, to those who never saw one", async (row) => {
  const ranker = await row.fit(world.train, { ...row.settings, ...own[row.name] }, fit);
  const share = await found((user) => ranker.score({ user, history: historyOf(user) }, world.films));
  expect(share).toBeGreaterThan(0.95);
  // Whoever has nothing to say gets what is popular, the same films for all; one in four is right.
  const blind = await found(() => ranker.score({ history: emptyHistory }, world.films));
  expect(blind).toBeCloseTo(0.25, 1);
  // A film came after training: it stands last.
  const late = await ranker.score({ history: historyOf(world.cold[0]!) }, Int32Array.of(48, 500));
  expect(late[1]).toBe(Number.NEGATIVE_INFINITY);
});

test.each(twoDomainRows)(
  "$name: the other way round, and those who are known on the side itself",
  async (row) => {
    const ranker = await row.fit(world.train, { ...row.settings, ...own[row.name] }, fit);
    const books = Int32Array.from({ length: 48 }, (_, item) => item);
    // Films of kind 1, none of which anybody cold saw: books of kind 2.
    const films = { items: Int32Array.of(48 + 1, 48 + 5, 48 + 9), values: Float32Array.of(1, 1, 1) };
    const crossed = await ranker.score({ history: films }, books);
    const best = [...books.keys()].sort((a, b) => crossed[b]! - crossed[a]!).slice(0, 6);
    expect(best.map(world.kindOf)).toEqual([2, 2, 2, 2, 2, 2]);
    // Whoever saw films of kind 1 wants such films, whatever their books.
    const both = { items: Int32Array.of(3, 48 + 1, 48 + 5), values: Float32Array.of(1, 1, 1) };
    const scores = await ranker.score({ history: both }, world.films);
    const top = [...world.films.keys()].sort((a, b) => scores[b]! - scores[a]!).slice(0, 6);
    expect(top.map(world.kindOf)).toEqual([1, 1, 1, 1, 1, 1]);
  },
);

test("a data set in two, by hand", () => {
  const shop = { kind: "categorical", values: ["b", "a", "b", "a"] } as const;
  const data = tinyWorld(
    [
      [0, 0, 5],
      [0, 1, 5],
      [1, 2, 5],
      [1, 3, 2],
    ],
    { users: 2, items: 4, itemColumns: { shop } },
  );
  const { sides, overlap, placeOf, likedOn } = twoDomains(withTraining(data, data.interactions), "");
  expect(sides.map(({ name, items }) => [name, [...items]])).toEqual([
    ["a", [1, 3]],
    ["b", [0, 2]],
  ]);
  expect([...placeOf]).toEqual([0, 0, 1, 1]);
  // User 1 did not like the item of the other side.
  expect([...overlap]).toEqual([0]);
  expect([...sides[1].byUser.offsets, ...sides[1].byUser.others]).toEqual([0, 1, 2, 0, 1]);
  const history = { items: Int32Array.of(2, 3, 0, 9), values: Float32Array.of(5, 5, 1, 5) };
  expect([[...likedOn(0, history)], [...likedOn(1, history)]]).toEqual([[1], [1]]);
});

test("what tells no two domains apart is refused; so are domains that share nobody", () => {
  const events = [
    [0, 0, 5],
    [1, 1, 5],
  ] as const;
  const of = (values: readonly string[]) => {
    const shop = { kind: "categorical", values } as const;
    const data = tinyWorld(events, { users: 2, items: values.length, itemColumns: { shop } });
    return () => twoDomains(withTraining(data, data.interactions), "shop");
  };
  expect(of(["a", "b", "c"])).toThrow(/"shop" of the items, one of two categories for each, got 3 values/);
  expect(of(["a", "b"])).toThrow(/people who like something in both domains, got nobody/);
});

test("weights of a mixture: each choice goes to whoever foresaw it", () => {
  expect([...mixtureWeights([[[0.5, 0]], [[0.2, 0]], [[0, 0.1]], [[0, 0.9]]], 2)]).toEqual([0.5, 0.5]);
  // Two of one person's choices count as one of another's.
  const weights = mixtureWeights(
    [
      [
        [0.5, 0],
        [0, 0.5],
      ],
      [[0.5, 0]],
    ],
    2,
  );
  expect([...weights]).toEqual([expect.closeTo(0.75), expect.closeTo(0.25)]);
  // What nobody foresaw teaches nothing.
  expect([...mixtureWeights([[[0, 0]]], 2)]).toEqual([0.5, 0.5]);
});
