import { expect, test } from "vitest";
import { linearTaste } from "../../../testing/worlds/linear-taste.ts";
import { createRng } from "../../base/rng.ts";
import type { Query } from "../../data/query.ts";
import { emptyHistory } from "../../data/query.ts";
import { withTraining } from "../../data/splits/training.ts";
import { fitCatalogue } from "../../encoders/catalogue.ts";
import { fitRatingsKnowledge } from "../../encoders/ratings-knowledge.ts";
import { type BayesHeadParts, bayesHead, withoutPeople } from "./bayes-head.ts";
import { oneClassBayes } from "./one-class.ts";
import { ratingsBayes } from "./ratings.ts";

const taste = linearTaste({ users: 50, items: 25, events: 10 });
const job = { kind: "categorical", values: taste.users.ids.map((_, u) => `job${u % 3}`) } as const;
const world = { ...taste, users: { ...taste.users, columns: { job } } };
const train = withTraining(world, world.interactions);
const items = Int32Array.from(world.items.ids.keys());

async function parts(): Promise<BayesHeadParts> {
  const catalogue = fitCatalogue(train, { minEvents: 2 });
  const knowledge = await fitRatingsKnowledge(train);
  const choice = { catalogue, config: { embeddingSize: 4, hiddenSize: 4 } };
  const liking = { knowledge, users: world.users, config: { contentSize: 2 } };
  const [chooses, likes] = [
    oneClassBayes(catalogue, choice.config),
    ratingsBayes(knowledge, world.users, liking.config),
  ];
  const rng = createRng(1);
  const person = (table: Float32Array): Float32Array => table.map(() => 0.1 * rng.normal());
  const prior = likes.prior(likes.init(rng));
  return {
    choice: { ...choice, prior: chooses.prior(chooses.init(rng)) },
    liking: {
      ...liking,
      prior: { ...prior, tables: { ...prior.tables, person: person(prior.tables.person) } },
    },
  };
}

const queries: readonly Query[] = [
  { history: emptyHistory },
  { history: emptyHistory, features: { job: "job1" } },
  {
    history: {
      items: Int32Array.of(1, 4, 9),
      values: Float32Array.of(7, 2, 5),
      times: Float64Array.of(1_600_000_000, 1_600_100_000, 1_600_200_000),
    },
    time: 1_600_300_000,
  },
];

test("what a service keeps answers as the whole head does, and holds nobody it was trained on", async () => {
  const whole = await parts();
  const kept = withoutPeople(whole);
  const [a, b] = [bayesHead(whole), bayesHead(kept)];
  for (const query of queries) {
    expect(await b.score(query, items)).toEqual(await a.score(query, items));
    expect(await b.rate(query, items)).toEqual(await a.rate(query, items));
  }
  expect(kept.liking.users).toEqual({ ids: [], columns: { job: { kind: "categorical", values: [] } } });
  for (const { means } of [kept.choice.catalogue, kept.liking.knowledge])
    expect(means.userLevels).toHaveLength(0);
  expect(kept.choice.catalogue.trends.times.length).toBeLessThanOrEqual(items.length);
  expect(whole.liking.users.ids).toHaveLength(50);
});

test("ratings of the liking head, scores of the choosing head and their reasons", async () => {
  const whole = await parts();
  const head = bayesHead(whole);
  const [stranger, described, known] = queries as [Query, Query, Query];
  const [scores, reasons] = [await head.score(known, items), await head.explain(known, items)];
  reasons.forEach((list, i) => {
    expect(list.reduce((sum, { value }) => sum + value, 0)).toBeCloseTo(scores[i]!, 4);
    expect(list.filter(({ source }) => source === "event")).toHaveLength(3);
  });
  const likes = ratingsBayes(whole.liking.knowledge, world.users, whole.liking.config);
  const [fitted] = await likes.adapt(whole.liking.prior, known);
  expect(await head.rate(known, items)).toEqual(await likes.rate?.(whole.liking.prior, fitted, items));
  const config = { ...whole.liking.config, point: "median" as const };
  const byMedian = bayesHead({ ...whole, liking: { ...whole.liking, config } });
  expect(await byMedian.rate(known, items)).toEqual((await head.predict(known, items)).median);
  expect(await byMedian.score(known, items)).toEqual(scores);
  expect(await head.rate(described, items)).not.toEqual(await head.rate(stranger, items));
});
