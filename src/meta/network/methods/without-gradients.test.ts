import { learnerContract } from "../../../../testing/learner-contract.ts";
import { checkerboard } from "../../../../testing/worlds/checkerboard.ts";
import { linearTaste } from "../../../../testing/worlds/linear-taste.ts";
import { fitCatalogue } from "../../../encoders/catalogue.ts";
import { networkLearner } from "../network.ts";
import type { NetworkConfig } from "../network-config.ts";

const noPeople = { fields: [] };
const tasks = { order: "random", query: "all", shots: [1, 3, 5, 10, 15], maxQuery: 8 } as const;
const small: Partial<NetworkConfig> = {
  embeddingSize: 8,
  hidden: [16],
  batchTasks: 16,
  maxShots: 16,
  maxQuery: 8,
  learningRate: 1e-2,
  coldTasks: 0,
  supportShrinkage: 2,
  weightDecay: 0.01,
  threads: 1,
};

const methods: readonly Partial<NetworkConfig>[] = [
  { method: "neural-process", proximity: 0.01 },
  { method: "task-adaptive", proximity: 0.01 },
  { method: "memory", innerSteps: 3, innerLearningRate: 0.3 },
  { method: "learned-optimiser", innerSteps: 3, innerLearningRate: 0.3, order: 1 },
  // No inner loop: the network itself reads the support.
  { method: "none", model: "sequence" },
];

for (const given of methods) {
  const name = given.model ?? given.method;
  const order = given.model === "sequence" ? { readsOrder: "it reads a sequence" } : {};
  learnerContract(`${name} on a linear taste`, {
    world: linearTaste({ users: 240, noise: 0.1 }),
    make: (train) =>
      networkLearner(fitCatalogue(train, { minEvents: 1 }), noPeople, { ...small, ...given, steps: 250 }),
    tasks,
    ...order,
    batchTasks: 16,
    steps: 250,
    // A plain network, which knows the items' biases alone, orders .66 of the pairs with an error of .90.
    ordersPairs: 0.675,
    relativeError: 0.88,
  });
  learnerContract(`${name} on a checkerboard`, {
    world: checkerboard({ users: 80 }),
    make: (train) =>
      networkLearner(fitCatalogue(train, { minEvents: 1 }), noPeople, { ...small, ...given, steps: 150 }),
    tasks: { ...tasks, shots: [3, 5, 10] },
    ...order,
    batchTasks: 16,
    steps: 150,
    ordersPairs: 0.95,
    relativeError: 0.4,
  });
}
