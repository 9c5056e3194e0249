import { beforeAll, expect, test } from "vitest";
import { checkerboard } from "../../../testing/worlds/checkerboard.ts";
import { createRng } from "../../base/rng.ts";
import type { History, Query } from "../../data/query.ts";
import { type Catalogue, fitCatalogue } from "../../encoders/catalogue.ts";
import { defaultLikeWeightOptions, fitLikeWeights, type LikeModel } from "../../encoders/like-weights.ts";
import { withoutTotals } from "../../encoders/trends.ts";
import { userTasks } from "../../tasks/users.ts";
import { mapTree } from "../../tensor/index.ts";
import { oneClassBayes } from "./one-class.ts";
import type { OneClass, OneClassPrior } from "./one-class-types.ts";

const world = checkerboard({ users: 80 });
const plain = fitCatalogue(world, { minEvents: 2, atLeast: 4 });
const config = { embeddingSize: 4, hiddenSize: 4, batchTasks: 16, maxShots: 8, steps: 60, threads: 1 };
const items = Int32Array.from(world.items.ids.keys());
const queryOf = (rows: readonly number[], values: readonly number[]): Query => ({
  history: { items: Int32Array.from(rows), values: Float32Array.from(values) },
});

let catalogue: Catalogue;
let likes: LikeModel;
let learner: OneClass;
let prior: OneClassPrior;
beforeAll(async () => {
  const options = { ...defaultLikeWeightOptions, size: 1000, maxItems: 20 };
  const { weights, model } = await fitLikeWeights(world, plain.warm, options);
  likes = model;
  catalogue = { ...plain, likeWeights: weights };
  learner = oneClassBayes(catalogue, config, likes);
  prior = learner.prior(learner.init(createRng(1)));
}, 60_000);

const scoresOf = async (by: OneClass, query: Query): Promise<Float32Array> =>
  by.score(prior, (await by.adapt(prior, query))[0], items);

test("a liked item adds its weights to others' scores, once, by a factor that follows the number of likes", async () => {
  const [liked, disliked] = [likes.rows[3]!, likes.rows[7]!];
  const query = queryOf([liked, disliked, liked], [5, 1, 5]);
  const [params, unweighted] = [prior.params, oneClassBayes(plain, config)];
  const shaken = { logScale: Float32Array.of(0.15), growth: Float32Array.of(-0.04) };
  prior = { ...prior, params: { ...params, likes: shaken } };
  const [got, without] = [await scoresOf(learner, query), await scoresOf(unweighted, query)];
  const factor = Math.exp(10 * (0.15 - 0.04 * Math.log(2)));
  const { inverse, positions, rows } = likes;
  let largest = 0;
  for (const item of items) {
    const at = positions[item]!;
    const n = rows.length;
    const weight = at < 0 || at === 3 ? 0 : -inverse[at * n + 3]! / inverse[at * (n + 1)]!;
    expect(got[item]! - without[item]!).toBeCloseTo(factor * weight, 4);
    largest = Math.max(largest, Math.abs(factor * weight));
  }
  expect(largest).toBeGreaterThan(0.1);
  const reasons = await learner.explain(prior, (await learner.adapt(prior, query))[0], items);
  reasons.forEach((parts, i) => {
    expect(parts.reduce((sum, { value }) => sum + value, 0)).toBeCloseTo(got[i]!, 4);
  });
  prior = { ...prior, params };
});

test("somebody of training is told what everybody else's likes say, not their own", async () => {
  const tasks = userTasks(world, { order: "random", query: "liked", shots: [3] });
  const [task] = tasks.sample(tasks.users.subarray(5, 6), createRng(2)).map(tasks.build);
  const options = { ...defaultLikeWeightOptions, size: 1000 };
  const ridge = options.ridge * shareOfLikes(task!.user!);
  const rest = { ...world, interactions: withoutUser(task!.user!) };
  const [all, others] = [
    await fitLikeWeights(world, plain.warm, options),
    await fitLikeWeights(rest, plain.warm, { ...options, ridge }),
  ];
  // Totals know the person, too; here they say nothing.
  const known = { ...plain, trends: withoutTotals(plain.trends), likeWeights: all.weights };
  const nothing = { items: new Int32Array(0), values: new Float32Array(0) };
  const lossBy = async (model: LikeModel, own: History) =>
    (await oneClassBayes(known, config, model).queryLoss(prior, [{ ...task!, own }]))[0]!;
  const fair = await lossBy(all.model, task!.own!);
  expect(fair).toBeCloseTo(await lossBy(others.model, nothing), 4);
  expect(Math.abs(fair - (await lossBy(all.model, nothing)))).toBeGreaterThan(0.001);
});

function withoutUser(person: number) {
  const { user, item, value } = world.interactions;
  const rows = Array.from(user.keys()).filter((row) => user[row] !== person);
  return {
    user: Int32Array.from(rows, (row) => user[row]!),
    item: Int32Array.from(rows, (row) => item[row]!),
    value: Float32Array.from(rows, (row) => value[row]!),
  };
}

/** All likes, by those of everybody but one: the same ridge for both. */
function shareOfLikes(person: number): number {
  const { user, value } = world.interactions;
  const counted = Array.from(value.keys()).filter((row) => value[row]! >= world.scale.liked);
  return counted.length / counted.filter((row) => user[row] !== person).length;
}

test("its factor is learned, and its derivatives are finite", async () => {
  const tasks = userTasks(world, { order: "random", query: "liked", shots: [1, 2, 4, 8] });
  const people = Int32Array.from(createRng(3).sample(tasks.users, config.batchTasks));
  const batch = tasks.sample(people, createRng(4)).map(tasks.build);
  const { grads } = await learner.gradients(prior, batch, createRng(5));
  const { logScale, growth } = grads.params["likes"] as Record<"logScale" | "growth", Float32Array>;
  expect(Math.abs(logScale[0]!)).toBeGreaterThan(1e-5);
  expect(Math.abs(growth[0]!)).toBeGreaterThan(1e-5);
  mapTree(grads, (x: Float32Array) => expect(x.every(Number.isFinite)).toBe(true));
});

test("training a head with like weights without what they come from is refused", async () => {
  const untaught = oneClassBayes(catalogue, config);
  await expect(untaught.queryLoss(prior, [])).resolves.toHaveLength(0);
  const tasks = userTasks(world, { order: "random", query: "liked", shots: [1] });
  const [task] = tasks.sample(tasks.users.subarray(0, 1), createRng(2)).map(tasks.build);
  await expect(untaught.queryLoss(prior, [task!])).rejects.toThrow(/like model/);
});
