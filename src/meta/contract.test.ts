import { learnerContract } from "../../testing/learner-contract.ts";
import { checkerboard } from "../../testing/worlds/checkerboard.ts";
import { linearTaste } from "../../testing/worlds/linear-taste.ts";
import { fitCatalogue } from "../encoders/catalogue.ts";
import { maml } from "./maml/maml.ts";
import type { MamlConfig } from "./maml/maml-config.ts";

const noPeople = { fields: [] };
const rated = { order: "random", query: "all", shots: [1, 3, 5, 10, 15], maxQuery: 8 } as const;
const small: Partial<MamlConfig> = {
  embeddingSize: 8,
  hidden: [16],
  batchTasks: 16,
  maxShots: 16,
  maxQuery: 8,
  steps: 250,
  learningRate: 1e-2,
  coldTasks: 0,
  threads: 1,
};

for (const order of [1, 2] as const) {
  const given = { ...small, order };
  learnerContract(`${order === 1 ? "FOMAML" : "MAML"} on a linear taste`, {
    world: linearTaste({ users: 240, noise: 0.1 }),
    make: (train) =>
      maml(fitCatalogue(train, { minEvents: 1 }), noPeople, {
        ...given,
        innerSteps: 5,
        innerLearningRate: 0.2,
      }),
    tasks: rated,
    batchTasks: 16,
    steps: 250,
    ordersPairs: 0.7,
    relativeError: order === 1 ? 0.85 : 0.75,
  });
  learnerContract(`${order === 1 ? "FOMAML" : "MAML"} on a checkerboard`, {
    world: checkerboard({ users: 80 }),
    make: (train) =>
      maml(fitCatalogue(train, { minEvents: 1 }), noPeople, {
        ...given,
        innerSteps: 3,
        innerLearningRate: 0.3,
      }),
    tasks: { ...rated, shots: [3, 5, 10] },
    batchTasks: 16,
    steps: 250,
    ordersPairs: 0.95,
    relativeError: 0.4,
  });
}
