import { learnerContract } from "../../testing/learner-contract.ts";
import { checkerboard } from "../../testing/worlds/checkerboard.ts";
import { linearTaste } from "../../testing/worlds/linear-taste.ts";
import { fitCatalogue } from "../encoders/catalogue.ts";
import { fitRatingsKnowledge } from "../encoders/ratings-knowledge.ts";
import { clicksBayes } from "./bayes/clicks.ts";
import { oneClassBayes } from "./bayes/one-class.ts";
import { ratingsBayes } from "./bayes/ratings.ts";
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
  supportShrinkage: 2,
  weightDecay: 0.01,
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
    steps: 150,
    ordersPairs: 0.95,
    relativeError: 0.4,
  });
}

const bayes = { batchTasks: 16, maxShots: 16, maxQuery: 8, steps: 100, learningRate: 1e-2, threads: 1 };

for (const [world, data, known] of [
  ["a linear taste", linearTaste({ users: 240, noise: 0.1 }), { ordersPairs: 0.8, relativeError: 0.6 }],
  ["a checkerboard", checkerboard({ users: 80 }), { ordersPairs: 0.95, relativeError: 0.3 }],
] as const) {
  learnerContract(`Bayes head for ratings on ${world}`, {
    world: data,
    make: async (train) =>
      ratingsBayes(await fitRatingsKnowledge(train), train.users, { ...bayes, coldTasks: 0.1 }),
    tasks: rated,
    batchTasks: 16,
    steps: 100,
    knownItemsOnly: "its knowledge of items has no row for it",
    ...known,
  });
}

learnerContract("Bayes head for one class on a checkerboard", {
  world: checkerboard({ users: 80 }),
  make: (train) =>
    oneClassBayes(fitCatalogue(train, { minEvents: 2, atLeast: 4 }), {
      embeddingSize: 8,
      hiddenSize: 8,
      idDropout: 0.1,
      batchTasks: 16,
      steps: 150,
      learningRate: 0.01,
      threads: 1,
    }),
  tasks: { order: "time", query: "liked", shots: [2, 4, 8] },
  batchTasks: 16,
  steps: 150,
  ordersPairs: 0.95,
});

for (const inference of ["laplace", "polya-gamma"] as const) {
  for (const [world, data, ordersPairs] of [
    ["a linear taste", linearTaste({ users: 240, noise: 0.1 }), 0.7],
    ["a checkerboard", checkerboard({ users: 80 }), 0.95],
  ] as const) {
    learnerContract(`Bayes head for clicks, ${inference}, on ${world}`, {
      world: data,
      make: async (train) =>
        clicksBayes(await fitRatingsKnowledge(train), train.users, {
          ...bayes,
          coldTasks: 0.1,
          steps: 160,
          learningRate: 0.02,
          inference,
        }),
      tasks: rated,
      batchTasks: 16,
      steps: 160,
      knownItemsOnly: "its knowledge of items has no row for it",
      ordersPairs,
    });
  }
}
