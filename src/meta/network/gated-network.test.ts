import { expect, test } from "vitest";
import { picturesWorld } from "../../../testing/worlds/pictures.ts";
import { createRng } from "../../base/rng.ts";
import { fitCatalogue } from "../../encoders/catalogue.ts";
import { userTasks } from "../../tasks/users.ts";
import { networkLearner } from "./network.ts";

const world = picturesWorld();
const catalogue = fitCatalogue(world, { minEvents: 2 });
const source = userTasks(world, { order: "random", query: "all", shots: [4], maxQuery: 8 });
const tasks = source.sample(source.users, createRng(1)).map(source.build);

test("MAML learns through the gates, to the second order: pictures come to tell, cold items included", async () => {
  const shape = { embeddingSize: 4, hidden: [8], batchTasks: 16, maxShots: 8, maxQuery: 8, innerSteps: 3 };
  const learner = networkLearner(
    catalogue,
    { fields: [] },
    { ...shape, fusion: "gate", steps: 80, learningRate: 0.02, threads: 1 },
  );
  let state = learner.init(createRng(1));
  const before = learner.prior(state);
  const [valid, train] = [tasks.slice(0, 48), tasks.slice(48)];
  for (let step = 0; step < 80; step++) {
    const rng = createRng(step);
    [state] = await learner.metaStep(state, rng.sample(train, 16), rng);
  }
  const prior = learner.prior(state);
  const mean = (losses: Float32Array): number => losses.reduce((a, b) => a + b, 0) / losses.length;
  const [first, last] = [
    mean(await learner.queryLoss(before, valid)),
    mean(await learner.queryLoss(prior, valid)),
  ];
  expect(last).toBeLessThan(0.3 * first);
  const { fusion } = (prior.params as { network: { fusion: Record<string, Float32Array> } }).network;
  expect(fusion["bias"]!.some((x) => Math.abs(x) > 0.01)).toBe(true);
  const history = { items: Int32Array.of(20, 22, 31), values: Float32Array.of(5, 5, 1) };
  const [fitted] = await learner.adapt(prior, { history });
  const cold = Int32Array.of(3, 4, 5, 6, 8, 9);
  const scores = await learner.score(prior, fitted, cold);
  const of = (style: number): number[] => [...scores].filter((_, i) => world.style[cold[i]!] === style);
  expect(Math.min(...of(1))).toBeGreaterThan(Math.max(...of(-1)));
});
