import { beforeAll, expect, test } from "vitest";
import { likingWorld } from "../../../testing/worlds/liking.ts";
import { emptyHistory } from "../../data/query.ts";
import { metaEmb, type PairProtocol } from "../../evaluate/protocols/meta-emb.ts";
import { adaptItem, fitItemHead, type ItemHead, itemHeadScorer, likeProbability } from "./item-head.ts";

const world = likingWorld();
const protocol: PairProtocol = metaEmb(world, { seed: 1, draws: 1, oldFrom: 100, newFrom: 70, batch: 15 });
let head: ItemHead;
beforeAll(async () => {
  head = await fitItemHead(protocol.train, { factorSize: 4, rounds: 3 });
}, 30_000);

/** Mean distance of predicted from true probabilities at each stage. */
async function errors(): Promise<number[]> {
  const scorer = itemHeadScorer(head);
  const sums = await Promise.all(
    protocol.groups.map(async ({ cases }) => {
      const each = await Promise.all(
        cases.map(async ({ query, users }) => {
          const got = await scorer.probability(query, users);
          const truth = Float32Array.from(users, (u) => 1 / (1 + Math.exp(-world.odds(u, query.item))));
          return got.reduce((sum, p, j) => sum + Math.abs(p - truth[j]!), 0) / users.length;
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
  for (const { query, users, values } of protocol.groups.slice(1).flatMap(({ cases }) => cases)) {
    const p = await scorer.probability(query, users);
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
  const item = protocol.groups[0]!.cases[3]!.query.item;
  const { mean } = adaptItem(head, { item, history: emptyHistory });
  const { width } = head.users;
  expect([...mean].map(Math.fround)).toEqual([...head.means.subarray(item * width, (item + 1) * width)]);
});

test("the order of events is nothing, their weights are", () => {
  const { item, history } = protocol.groups[3]!.cases[0]!.query;
  const backwards = {
    items: history.items.toReversed(),
    values: history.values.toReversed(),
    users: history.users!.toReversed(),
  };
  const ask = (own: typeof history): number =>
    likeProbability(head, adaptItem(head, { item, history: own }), 3);
  expect(ask(backwards)).toBeCloseTo(ask(history), 7);
  const unheard = { ...history, weights: new Float32Array(history.items.length) };
  expect(ask(unheard)).toBeCloseTo(ask(emptyHistory), 10);
});

test("doubt draws a probability towards one half", () => {
  const { query, users } = protocol.groups[0]!.cases[0]!;
  const posterior = adaptItem(head, query);
  const sure = { ...posterior, covariance: new Float64Array(posterior.covariance.length) };
  for (const user of users) {
    const [doubtful, certain] = [likeProbability(head, posterior, user), likeProbability(head, sure, user)];
    expect(Math.abs(doubtful - 0.5)).toBeLessThan(Math.abs(certain - 0.5));
  }
});

test("events without users, and training without events, are refused", async () => {
  const history = { items: Int32Array.of(1), values: Float32Array.of(5) };
  expect(() => adaptItem(head, { item: 1, history })).toThrow(
    "expected `users`: who did each event, got none",
  );
  const empty = {
    ...world,
    interactions: { user: new Int32Array(0), item: new Int32Array(0), value: new Float32Array(0) },
  };
  await expect(fitItemHead(empty)).rejects.toThrow("item head on liking: expected events to learn from");
});
