import { beforeAll, expect, test } from "vitest";
import { likingWorld } from "../../../testing/worlds/liking.ts";
import { emptyHistory, type History } from "../../data/query.ts";
import { partitionRows } from "../../data/splits/interactions.ts";
import { withTraining } from "../../data/splits/training.ts";
import { itemTasks } from "../../tasks/items.ts";
import { selectEvents } from "../../tasks/source.ts";
import {
  adaptDomain,
  adaptItem,
  fitItemHead,
  type ItemHead,
  itemHeadScorer,
  likeProbability,
} from "./item-head.ts";
import { meanOf } from "./item-prior.ts";

const world = likingWorld();

/** The first 60 items are learned from; the others are new, met with 0, 15, 30 and 45 events and judged on the rest. */
const { kept } = partitionRows(world.interactions, (row) => world.interactions.item[row]! < 60);
const train = withTraining(world, kept);
const tasks = itemTasks(world, { order: "random", query: "all", shots: [45] });
const lives = Array.from(
  tasks.subjects.filter((item) => item >= 60),
  (subject) => tasks.build({ subject, shots: 45, seed: `${subject}` }),
);
const stages = [0, 15, 30, 45].map((shots) =>
  lives.map(({ item, support, query }) => ({
    query: { item: item!, history: selectEvents(support, [...new Array(shots).keys()]) },
    pairs: { users: query.users!, items: query.items },
    values: query.values,
  })),
);

let head: ItemHead;
beforeAll(async () => {
  head = await fitItemHead(train, { factorSize: 4, rounds: 3 });
}, 30_000);

/** Mean distance of predicted from true probabilities at each stage. */
async function errors(): Promise<number[]> {
  const scorer = itemHeadScorer(head);
  const sums = await Promise.all(
    stages.map(async (cases) => {
      const each = await Promise.all(
        cases.map(async ({ query, pairs }) => {
          const got = await scorer.probability(query, pairs);
          const truth = Float32Array.from(pairs.users, (u) => 1 / (1 + Math.exp(-world.odds(u, query.item))));
          return got.reduce((sum, p, j) => sum + Math.abs(p - truth[j]!), 0) / truth.length;
        }),
      );
      return each.reduce((a, b) => a + b, 0) / each.length;
    }),
  );
  return sums;
}

test("cold items are known by their content, and every mini-batch brings them closer to the truth", async () => {
  const [cold, a, b, c] = await errors();
  // Saying one half of everything is .31 away.
  expect(cold).toBeLessThan(0.24);
  expect(a).toBeLessThan(cold! - 0.03);
  expect(b).toBeLessThan(a!);
  expect(c).toBeLessThan(0.16);
});

test("after some events what it says happens as often as it says", async () => {
  const scorer = itemHeadScorer(head);
  const bins = [0, 1, 2, 3].map(() => ({ said: 0, happened: 0, n: 0 }));
  for (const { query, pairs, values } of stages.slice(1).flat()) {
    const p = await scorer.probability(query, pairs);
    p.forEach((x, j) => {
      const bin = bins[Math.min(3, Math.floor(4 * x))]!;
      bin.said += x;
      bin.happened += Number(values[j]! >= 4);
      bin.n++;
    });
  }
  for (const { said, happened, n } of bins) {
    expect(n).toBeGreaterThan(100);
    expect(Math.abs(said - happened) / n).toBeLessThan(0.11);
  }
});

test("without an event an item is what content says, by way of the mean", () => {
  const item = stages[0]![3]!.query.item;
  const { mean } = adaptItem(head, item, emptyHistory);
  const { width } = head.users;
  expect([...mean].map(Math.fround)).toEqual([...head.means.subarray(item * width, (item + 1) * width)]);
});

test("the order of events is nothing, their weights are", () => {
  const { item, history } = stages[3]![0]!.query;
  const backwards = {
    items: history.items.toReversed(),
    values: history.values.toReversed(),
    users: history.users!.toReversed(),
  };
  const ask = (own: typeof history): number => likeProbability(head, adaptItem(head, item, own), 3);
  expect(ask(backwards)).toBeCloseTo(ask(history), 7);
  const unheard = { ...history, weights: new Float32Array(history.items.length) };
  expect(ask(unheard)).toBeCloseTo(ask(emptyHistory), 10);
});

test("doubt of the item, and of the user, draws a probability towards one half", () => {
  const { query, pairs } = stages[0]![0]!;
  const posterior = adaptItem(head, query.item, query.history);
  const known = { ...posterior, covariance: new Float64Array(posterior.covariance.length) };
  const { covariance } = head.users;
  const sure = { ...head, users: { ...head.users, covariance: new Float32Array(covariance.length) } };
  const distance = (own: ItemHead, of: typeof posterior, user: number): number =>
    Math.abs(likeProbability(own, of, user) - 0.5);
  for (const user of pairs.users) {
    const doubtful = distance(head, posterior, user);
    expect(doubtful).toBeLessThan(distance(head, known, user));
    expect(doubtful).toBeLessThan(distance(sure, posterior, user));
  }
});

test("a domain that nobody has met is its items, each as content says", async () => {
  const scorer = itemHeadScorer(head);
  const items = stages[0]!.map(({ query: { item } }) => item);
  const pairs = { users: Int32Array.from(items.keys()), items: Int32Array.from(items) };
  const got = await scorer.probability({ history: emptyHistory }, pairs);
  const alone = items.map((item, user) => likeProbability(head, adaptItem(head, item, emptyHistory), user));
  got.forEach((p, at) => expect(p).toBeCloseTo(alone[at]!, 5));
});

test("where items share all that content leaves, a domain of one item is that item", () => {
  const { item, history } = stages[3]![2]!.query;
  const { mean, covariance } = adaptDomain({ ...head, domainShare: 1 }, history);
  const own = adaptItem(head, item, history);
  const prior = meanOf(head.means, item, head.users.width);
  own.mean.forEach((w, k) => expect(prior[k]! + mean[k]!).toBeCloseTo(w, 4));
  own.covariance.forEach((c, at) => expect(covariance[at]).toBeCloseTo(c, 4));
});

test("who likes some items of a domain tells of the others, as much as they share", async () => {
  const { query, pairs } = stages[3]![1]!;
  const all = { ...query.history, values: query.history.values.map(() => 5) };
  const others = { users: pairs.users, items: pairs.users.map((_, at) => 60 + (at % 30)) };
  const mean = async (share: number, history: History): Promise<number> => {
    const scorer = itemHeadScorer({ ...head, domainShare: share });
    const p = await scorer.probability({ history }, others);
    return p.reduce((a, b) => a + b, 0) / p.length;
  };
  const unmet = await mean(0.2, { ...emptyHistory, users: new Int32Array(0) });
  expect(await mean(0.2, all)).toBeGreaterThan(unmet + 0.02);
  expect(await mean(0.6, all)).toBeGreaterThan((await mean(0.2, all)) + 0.02);
});

test("events without users, and training without events, are refused", async () => {
  const history = { items: Int32Array.of(1), values: Float32Array.of(5) };
  expect(() => adaptItem(head, 1, history)).toThrow("expected `users`: who did each event, got none");
  const empty = {
    ...world,
    interactions: { user: new Int32Array(0), item: new Int32Array(0), value: new Float32Array(0) },
  };
  await expect(fitItemHead(train, { domainShare: 0 })).rejects.toThrow(
    "item head, domainShare: expected a share above 0 and up to 1, got 0",
  );
  await expect(fitItemHead(empty)).rejects.toThrow("item head on liking: expected events to learn from");
});
