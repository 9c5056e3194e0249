import { beforeAll, expect, test } from "vitest";
import { silentProgress } from "../base/progress.ts";
import { withTraining } from "../data/splits/training.ts";
import { syntheticWorld } from "../data/synthetic.ts";
import { type LikingHead, likingRanker, membersOf } from "../meta/bayes/bayes-head.ts";
import { fitLikingHead } from "./bayes-head.ts";
import { defaultConfig } from "./config.ts";

const world = syntheticWorld({ users: 120, items: 40, seed: 2 });
const train = withTraining(world, world.interactions);
const model = defaultConfig.models["bayes-head"];

async function fit(members: number): Promise<LikingHead> {
  const ratings = { ...model.ratings, epochs: 1, contentItems: 40, members };
  const how = { seed: 1, validFraction: 0.2, context: { progress: silentProgress } };
  return (await fitLikingHead(train, { ...model, ratings }, how)).head;
}

let [one, two]: LikingHead[] = [];
beforeAll(async () => {
  [one, two] = [await fit(1), await fit(2)];
}, 60_000);

const items = Int32Array.from(world.items.ids.keys());
const query = { history: { items: items.slice(0, 5), values: Float32Array.of(9, 3, 7, 8, 5) } };
const alone = (head: LikingHead, member: number): LikingHead => ({
  knowledge: head.knowledge,
  users: head.users,
  config: head.config,
  prior: membersOf(head)[member]!,
});

test("the first of several members is the one there would be alone, the others are not", () => {
  expect(one).not.toHaveProperty("others");
  expect(membersOf(two!)).toHaveLength(2);
  expect(two!.prior).toEqual(one!.prior);
  expect(two!.others?.[0]).not.toEqual(one!.prior);
});

test("members answer with the mean of their means, and intervals that were calibrated for all of them", async () => {
  const both = await likingRanker(two!).predict(query, items);
  const each = [0, 1].map((member) => likingRanker(alone(two!, member)));
  const [first, second] = [await each[0]!.rate(query, items), await each[1]!.rate(query, items)];
  expect(first).not.toEqual(second);
  expect([...both.mean]).toEqual([...first].map((x, i) => expect.closeTo((x + second[i]!) / 2, 4)));
  expect(await likingRanker(two!).score(query, items)).toEqual(both.mean);
  expect(two!.config.warmTail).not.toBe(one!.config.warmTail);
});
