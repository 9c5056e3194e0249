import { beforeAll, expect, test } from "vitest";
import { checkerboard } from "../../../testing/worlds/checkerboard.ts";
import { createRng } from "../../base/rng.ts";
import type { History } from "../../data/query.ts";
import { withTraining } from "../../data/splits/training.ts";
import { fitRatingsKnowledge } from "../../encoders/ratings-knowledge.ts";
import { userTasks } from "../../tasks/users.ts";
import { asRanker } from "../ranker.ts";
import { clicksBayes } from "./clicks.ts";
import type { ClicksBayes } from "./clicks-types.ts";
import type { RatingsPrior } from "./ratings-types.ts";

const world = checkerboard({ users: 80 });
const items = Int32Array.from({ length: 39 }, (_, i) => i);
let [learner, prior]: [ClicksBayes?, RatingsPrior?] = [];

beforeAll(async () => {
  const train = withTraining(world, world.interactions);
  learner = clicksBayes(await fitRatingsKnowledge(train), world.users, {
    contentSize: 2,
    batchTasks: 16,
    maxShots: 12,
    maxQuery: 8,
    steps: 100,
    learningRate: 0.02,
    coldTasks: 0,
    threads: 1,
  });
  const tasks = userTasks(world, { order: "random", query: "all", shots: [1, 3, 8], maxQuery: 8 });
  let state = learner.init(createRng(1));
  for (let step = 0; step < 100; step++) {
    const rng = createRng(step);
    const people = Int32Array.from(rng.sample(tasks.users, 16));
    [state] = await learner.metaStep(state, tasks.sample(people, rng).map(tasks.build), rng);
  }
  prior = learner.prior(state);
}, 60_000);

const colour: History = { items: Int32Array.of(0, 1, 4, 7), values: Float32Array.of(5, 1, 5, 1) };

test("a stranger likes half of the board; four answers tell the colour, with probabilities", async () => {
  const ranker = asRanker(learner!, prior!);
  const before = await ranker.probability!(
    { history: { items: new Int32Array(0), values: new Float32Array(0) } },
    items,
  );
  for (const p of before) expect(Math.abs(p - 0.5)).toBeLessThan(0.15);
  const after = await ranker.probability!({ history: colour }, items);
  items.forEach((item) => {
    const liked = item % 2 === 0 ? after[item]! : 1 - after[item]!;
    expect(liked).toBeGreaterThan(0.8);
  });
});

test("the parts of a score sum to it, each event's among them; the probability is its sigmoid", async () => {
  const [fitted] = await learner!.adapt(prior!, { history: colour });
  const scores = await learner!.score(prior!, fitted, items);
  const parts = await learner!.explain!(prior!, fitted, items);
  const probability = await learner!.probability(prior!, fitted, items);
  scores.forEach((score, i) => {
    expect(parts[i]!.reduce((sum, { value }) => sum + value, 0)).toBeCloseTo(score, 4);
    expect(parts[i]!.flatMap(({ event }) => event ?? [])).toEqual([0, 1, 2, 3]);
    expect(probability[i]).toBeCloseTo(1 / (1 + Math.exp(-score)), 5);
  });
});

test("values count by whether they are likes: 4 as 5, 2 as 1", async () => {
  const [one] = await learner!.adapt(prior!, { history: colour });
  const [same] = await learner!.adapt(prior!, {
    history: { ...colour, values: Float32Array.of(4, 2, 4, 3.9) },
  });
  expect(same.mean).toEqual(one.mean);
});

test("an event taken back leaves no trace: only the others are in what is kept", async () => {
  const without: History = { items: Int32Array.of(0, 4, 7), values: Float32Array.of(5, 5, 1) };
  const [all] = await learner!.adapt(prior!, { history: colour });
  const [fewer] = await learner!.adapt(prior!, { history: without });
  const again = await learner!.adapt(prior!, { history: without });
  expect(again[0]).toEqual(fewer);
  expect(fewer.mean).not.toEqual(all.mean);
  expect([all.first, fewer.query.history.items.length]).toEqual([0, 3]);
});
