import { beforeAll, expect, test } from "vitest";
import { linearTaste } from "../../../testing/worlds/linear-taste.ts";
import { createRng } from "../../base/rng.ts";
import type { Dataset } from "../../data/dataset.ts";
import type { History } from "../../data/query.ts";
import { withTraining } from "../../data/splits/training.ts";
import { fitRatingsKnowledge } from "../../encoders/ratings-knowledge.ts";
import type { LikingHead } from "./bayes-head.ts";
import { ratingsBayes } from "./ratings.ts";
import { syntheticUsers } from "./synthetic-users.ts";

const taste = linearTaste({ users: 90, items: 40, events: 16 });
const world: Dataset = {
  ...taste,
  interactions: {
    ...taste.interactions,
    value: taste.interactions.value.map((v) => Math.min(5, Math.max(1, Math.round(v - 2)))),
  },
  scale: { min: 1, max: 5, liked: 4 },
};
let head: LikingHead | undefined;
let pool: History[] = [];

beforeAll(async () => {
  const knowledge = await fitRatingsKnowledge(withTraining(world, world.interactions));
  const config = { contentSize: 2, batchTasks: 8, maxShots: 4, maxQuery: 4, threads: 1 };
  const learner = ratingsBayes(knowledge, world.users, config);
  head = { knowledge, users: world.users, config, prior: learner.prior(learner.init(createRng(1))) };
  pool = await syntheticUsers(head, { people: 400, events: 8, seed: 3 });
}, 60_000);

test("people have distinct items of training and values of the scale; the seed decides", async () => {
  expect(pool).toHaveLength(400);
  for (const { items, values } of pool) {
    expect(new Set(items).size).toBe(8);
    for (const item of items) expect(head!.knowledge.means.counts[item]).toBeGreaterThan(0);
    for (const value of values) expect([1, 2, 3, 4, 5]).toContain(value);
  }
  expect(await syntheticUsers(head!, { people: 3, events: 8, seed: 3 })).toEqual(pool.slice(0, 3));
  expect(await syntheticUsers(head!, { people: 3, events: 8, seed: 4 })).not.toEqual(pool.slice(0, 3));
});

test("items come up in proportion to their events", () => {
  const { counts } = head!.knowledge.means;
  const drawn = new Float64Array(counts.length);
  for (const { items } of pool) drawn[items[0]!]!++;
  const total = counts.reduce((a, b) => a + b, 0);
  // chi-square with 39 degrees of freedom: 72 is exceeded once in a thousand
  const chi = counts.reduce(
    (sum, n, i) => sum + (drawn[i]! - (400 * n) / total) ** 2 / ((400 * n) / total),
    0,
  );
  expect(chi).toBeLessThan(72);
});

test("values are those the head predicts of a stranger: mean and variance over many", async () => {
  const learner = ratingsBayes(head!.knowledge, head!.users, head!.config);
  const items = Int32Array.from(world.items.ids.keys());
  const [fitted] = await learner.adapt(head!.prior, {
    history: { items: new Int32Array(0), values: new Float32Array(0) },
  });
  const { mean } = await learner.predict(head!.prior, fitted, items);
  let [error, n] = [0, 0];
  for (const { items: own, values } of pool)
    own.forEach((item, i) => {
      error += values[i]! - mean[item]!;
      n++;
    });
  expect(Math.abs(error / n)).toBeLessThan(0.08);
});

test("somebody's values agree with each other: a taste is drawn once a person", () => {
  // who gives the first item much gives the others much: the taste's constant is shared
  const { means } = head!.knowledge;
  const level = (item: number): number => means.sums[item]! / means.counts[item]!;
  const above = pool.map(({ items, values }) =>
    Array.from(items, (item, i) => (values[i]! - means.mean) / means.deviation - level(item)),
  );
  const first = above.map((x) => x[0]!);
  const rest = above.map((x) => x.slice(1).reduce((a, b) => a + b, 0) / 7);
  const average = (x: readonly number[]): number => x.reduce((a, b) => a + b, 0) / x.length;
  const [mf, mr] = [average(first), average(rest)];
  const covariance = average(first.map((x, i) => (x - mf) * (rest[i]! - mr)));
  const spread = Math.sqrt(
    average(first.map((x) => (x - mf) ** 2)) * average(rest.map((x) => (x - mr) ** 2)),
  );
  expect(covariance / spread).toBeGreaterThan(0.15);
});
