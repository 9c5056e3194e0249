import { expect, test } from "vitest";
import { likingWorld } from "../../testing/worlds/liking.ts";
import { silentProgress } from "../base/progress.ts";
import { metaEmb } from "../evaluate/protocols/meta-emb.ts";
import { fitItemNetwork } from "./item-networks.ts";

const world = likingWorld();
const { train, groups } = metaEmb(world, { seed: 1, draws: 1, oldFrom: 100, newFrom: 70, batch: 15 });
const fit = { seed: 1, validFraction: 0.1, context: { progress: silentProgress } };
const small = {
  model: "mlp",
  embeddingSize: 8,
  hidden: "16",
  batchTasks: 18,
  maxQuery: 40,
  epochs: 40,
  patience: 40,
};

/** Mean distance of predicted from true probabilities on new items, at each stage. */
async function errors(method: string): Promise<number[]> {
  const { scorer } = await fitItemNetwork(train, method, { ...small, innerLearningRate: 1 }, fit);
  const means: number[] = [];
  for (const { cases } of groups) {
    let [sum, n] = [0, 0];
    for (const { query, pairs } of cases) {
      const got = await scorer.probability(query, pairs);
      got.forEach((p, j) => {
        sum += Math.abs(p - 1 / (1 + Math.exp(-world.odds(pairs.users[j]!, query.item!))));
        n++;
      });
    }
    means.push(sum / n);
  }
  return means;
}

test("events warm new items under every method, and only MetaEmb's generator knows them before", async () => {
  const [same, made, scaled] = [await errors("same-id"), await errors("meta-emb"), await errors("mwuf")];
  for (const [cold, , , warm] of [same, made, scaled]) expect(warm).toBeLessThan(cold! - 0.008);
  // Saying one half of everything is .31 away.
  expect(made[0]).toBeLessThan(0.29);
  expect(made[0]).toBeLessThan(same[0]! - 0.02);
}, 60_000);

test("fewer than two items are refused", async () => {
  const rows = [...train.interactions.item.keys()].filter((row) => train.interactions.item[row] === 0);
  const { user, item, value } = train.interactions;
  const one = {
    user: Int32Array.from(rows, (row) => user[row]!),
    item: Int32Array.from(rows, (row) => item[row]!),
    value: Float32Array.from(rows, (row) => value[row]!),
  };
  await expect(fitItemNetwork({ ...train, interactions: one }, "mwuf", small, fit)).rejects.toThrow(
    "at least two items with events to learn from and to be judged on, got 1",
  );
});
