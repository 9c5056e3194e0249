import { expect, test } from "vitest";
import { createRng } from "../../src/base/rng.ts";
import { fitCatalogue } from "../../src/encoders/catalogue.ts";
import { methods } from "../../src/meta/network/methods.ts";
import { networkLearner } from "../../src/meta/network/network.ts";
import type { NetworkConfig } from "../../src/meta/network/network-config.ts";
import type { NetworkPrior } from "../../src/meta/network/types.ts";
import { models } from "../../src/models/models.ts";
import { userTasks } from "../../src/tasks/users.ts";
import { flatten } from "../../src/tensor/index.ts";
import { linearTaste } from "../../testing/worlds/linear-taste.ts";

const world = linearTaste({ users: 12, items: 10, noise: 0.1 });
const catalogue = fitCatalogue(world, { minEvents: 1 });
const source = userTasks(world, { order: "random", query: "all", shots: [3], maxQuery: 2 });
const tasks = source.sample(source.users, createRng(1)).map(source.build).slice(0, 2);

/** The others make embeddings of items: they are for tasks about items. */
const forPeople = methods.filter(({ name }) => !["same-id", "meta-emb", "mwuf"].includes(name));
const pairs = forPeople.flatMap(({ name: method }) => models.map(({ name: model }) => ({ method, model })));

const tiny: Partial<NetworkConfig> = {
  embeddingSize: 2,
  hidden: [8],
  batchTasks: 2,
  maxShots: 3,
  maxQuery: 2,
  innerSteps: 1,
  innerLearningRate: 0.1,
  learningRate: 0.1,
  weightDecay: 0,
  coldTasks: 0,
  idDropout: 0,
  threads: 1,
};

function networkOf({ params }: NetworkPrior): Map<string, Float32Array> {
  const leaves = flatten<Float32Array>(params);
  return new Map(leaves.filter(([path]) => path.startsWith("network.")));
}

test.each(pairs)("$method on $model: two steps move every layer, and what is judged", async (names) => {
  const learner = networkLearner(catalogue, { fields: [] }, { ...tiny, ...names });
  const start = learner.init(createRng(1));
  const [first, before] = [learner.prior(start), await learner.queryLoss(learner.prior(start), tasks)];
  // A factor that starts at zero keeps what it multiplies from moving in the first step.
  let state = structuredClone(start);
  for (const step of [2, 3]) [state] = await learner.metaStep(state, tasks, createRng(step));
  const then = networkOf(learner.prior(state));
  const still = [...networkOf(first)].filter(([path, leaf]) =>
    leaf.every((x, i) => x === then.get(path)?.[i]),
  );
  expect(still.map(([path]) => path)).toEqual([]);
  const after = await learner.queryLoss(learner.prior(state), tasks);
  expect([...before, ...after].every(Number.isFinite)).toBe(true);
  expect(after).not.toEqual(before);
});
