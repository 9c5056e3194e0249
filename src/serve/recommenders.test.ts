import { beforeAll, expect, test } from "vitest";
import { createRng } from "../base/rng.ts";
import type { Dataset } from "../data/dataset.ts";
import type { Ranker } from "../data/query.ts";
import { syntheticWorld } from "../data/synthetic.ts";
import { fitCatalogue } from "../encoders/catalogue.ts";
import { fitRatingsKnowledge } from "../encoders/ratings-knowledge.ts";
import type { BayesHeadParts } from "../meta/bayes/bayes-head.ts";
import { oneClassBayes } from "../meta/bayes/one-class.ts";
import { ratingsBayes } from "../meta/bayes/ratings.ts";
import { toAsked } from "./asked.ts";
import { bayesRecommender } from "./bayes-recommender.ts";
import { ratingRecommender } from "./rating-recommender.ts";
import type { Recommender } from "./recommender.ts";

const train: Dataset = syntheticWorld({ users: 150, items: 40, seed: 2 });
const { ids } = train.items;
const titles = (train.items.columns["title"]?.values ?? []) as readonly string[];
const time = 1_900_000_000;
let parts: BayesHeadParts;
let model: Recommender;

/** Untrained priors: what is tested is the bookkeeping, not the taste. */
beforeAll(async () => {
  const catalogue = fitCatalogue(train, {
    minEvents: 5,
    atLeast: 8,
    encoder: { minCount: 2, knots: 8, buckets: 64 },
  });
  const knowledge = await fitRatingsKnowledge(train);
  const config = { embeddingSize: 4 };
  const [choice, liking] = [oneClassBayes(catalogue, config), ratingsBayes(knowledge, train.users, {})];
  parts = {
    choice: { catalogue, config, prior: choice.prior(choice.init(createRng(1))) },
    liking: { knowledge, users: train.users, config: {}, prior: liking.prior(liking.init(createRng(1))) },
  };
  model = bayesRecommender(parts, "m");
});

test("the best first, titles and reasons of every event, contributions that sum to the score", async () => {
  const history = [2, 7, 30].map((row) => ({ item: ids[row] ?? "", value: 9 }));
  const items = await model.recommend({ history, n: 6, time });
  expect(items).toHaveLength(6);
  const scores = items.map(({ score }) => score);
  expect(scores).toEqual([...scores].sort((a, b) => b - a));
  const warm = (row: number): boolean => (parts.choice.catalogue.warmRow[row] ?? -1) >= 0;
  for (const { id, title, score, reasons } of items) {
    expect(title).toBe(titles[ids.indexOf(id)]);
    expect(reasons.reduce((sum, { contribution }) => sum + contribution, 0)).toBe(score);
    expect(reasons.map(({ kind }) => kind).slice(0, 3)).toEqual(["popularity", "item", "prior"]);
    expect(reasons.filter(({ kind }) => kind === "event").map(({ title: one }) => one)).toEqual(
      [2, 7, 30].map((row) => titles[row]),
    );
    expect(warm(ids.indexOf(id))).toBe(true);
  }
});

test("two members: the mean of what each would say, with the reasons of both", async () => {
  const { choice } = parts;
  const learner = oneClassBayes(choice.catalogue, choice.config);
  const other = learner.prior(learner.init(createRng(2)));
  const history = [2, 7, 30].map((row) => ({ item: ids[row] ?? "", value: 9 }));
  const ask = async (head: BayesHeadParts["choice"]) =>
    bayesRecommender({ ...parts, choice: head }, "m").recommend({ history, n: 1000, time });
  const scoresOf = async (head: BayesHeadParts["choice"]) =>
    new Map((await ask(head)).map(({ id, score }) => [id, score]));
  const [one, two] = [await scoresOf(choice), await scoresOf({ ...choice, prior: other })];
  const both = await ask({ ...choice, others: [other] });
  expect(both).toHaveLength(choice.catalogue.warm.length);
  expect(both.map(({ id }) => id)).not.toEqual([...one.keys()]);
  for (const { id, score, reasons } of both) {
    expect(score).toBeCloseTo(((one.get(id) ?? 0) + (two.get(id) ?? 0)) / 2, 6);
    expect(reasons.reduce((sum, { contribution }) => sum + contribution, 0)).toBe(score);
    expect(reasons).toHaveLength(6);
  }
});

test("what is excluded is not in the list, even when little is left; nothing is excluded by accident", async () => {
  const all = await model.recommend({ history: [], n: 1000, time });
  expect(all).toHaveLength(parts.choice.catalogue.warm.length);
  const exclude = new Set([...all.slice(0, -2).map(({ id }) => id), "unknown"]);
  const left = await model.recommend({ history: [], n: 10, time, exclude });
  expect(left.map(({ id }) => id)).toEqual(all.slice(-2).map(({ id }) => id));
  expect((await model.recommend({ history: [], n: 1000, time })).map(({ id }) => id)).toEqual(
    all.map(({ id }) => id),
  );
});

test("the very next event changes the list, and an item nobody knows changes nothing", async () => {
  const stranger = await model.recommend({ history: [], n: 5, time });
  const known = await model.recommend({ history: [{ item: ids[0] ?? "", value: 10 }], n: 5, time });
  expect(known).not.toEqual(stranger);
  expect(await model.recommend({ history: [{ item: "nobody's" }], n: 5, time })).toEqual(stranger);
});

test("questions: items of training nobody has answered yet, worth less and less", async () => {
  const history = [{ item: ids[0] ?? "", value: 10 }];
  const found = (await model.questions?.({ history, n: 4, exclude: new Set([ids[1] ?? ""]) })) ?? [];
  expect(found).toHaveLength(4);
  expect(new Set(found.map(({ id }) => id)).size).toBe(4);
  for (const { id, title } of found) {
    expect([ids[0], ids[1]]).not.toContain(id);
    expect(title).toBe(titles[ids.indexOf(id)]);
  }
  const worth = found.map((one) => one.worth);
  expect(worth).toEqual(worth.toSorted((a, b) => b - a));
  const unanswered = new Set([found[0]!.id, "unknown"]);
  const next = (await model.questions?.({ history, n: 9, unanswered })) ?? [];
  expect(next.map(({ id }) => id)).not.toContain(found[0]!.id);
  expect(next[0]!.worth).not.toBe(found[1]!.worth);
});

test("a request in rows: unknown items out, a bare like for no value, times only when all have one", () => {
  const rows = new Map([
    ["a", 4],
    ["b", 6],
  ]);
  const event = (item: string, at?: number) => ({ item, ...(at === undefined ? {} : { time: at }) });
  const timed = { history: [event("a", 10), event("x"), event("b", 20)], n: 1, exclude: new Set(["b"]) };
  const asked = toAsked(timed, rows, train.scale);
  expect([...asked.query.history.items]).toEqual([4, 6]);
  expect([...asked.query.history.values]).toEqual([8, 8]);
  expect([...(asked.query.history.times ?? [])]).toEqual([10, 20]);
  expect(asked.excluded).toEqual(new Set([6]));
  expect(asked.query.history.asked).toBeUndefined();
  const answers = [event("a"), { ...event("b"), asked: true }];
  expect(toAsked({ history: answers, n: 1 }, rows, train.scale).query.history.asked).toEqual(
    Uint8Array.of(0, 1),
  );
  const untimed = toAsked({ history: [event("a", 10), event("b")], n: 1 }, rows, train.scale);
  expect(untimed.query.history.times).toBeUndefined();
});

test("a model that cannot take its scores apart: the stranger's part and the person's, summing to the score", async () => {
  const ranker: Ranker = {
    name: "by hand",
    score: async ({ history }, items) => Float32Array.from(items, (item) => item / 4 + history.items.length),
  };
  const { items, scale } = train;
  const candidates = Int32Array.of(0, 1, 2, 3);
  const plain = ratingRecommender({ modelId: "h", ranker, items, scale, candidates });
  const history = [{ item: ids[9] ?? "" }];
  const [first, ...others] = await plain.recommend({ history, n: 9, exclude: new Set([ids[1] ?? ""]) });
  expect(first).toEqual({
    id: ids[3],
    title: titles[3],
    score: 1.75,
    reasons: [
      { kind: "item", contribution: 0.75 },
      { kind: "event", contribution: 1 },
    ],
  });
  expect(others.map(({ id }) => id)).toEqual([ids[2], ids[0]]);
  const [stranger] = await plain.recommend({ history: [], n: 1 });
  expect(stranger?.reasons).toEqual([{ kind: "item", contribution: 0.75 }]);
});
