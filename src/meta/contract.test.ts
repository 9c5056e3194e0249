import { learnerContract } from "../../testing/learner-contract.ts";
import { checkerboard } from "../../testing/worlds/checkerboard.ts";
import { linearTaste } from "../../testing/worlds/linear-taste.ts";
import { fitCatalogue } from "../encoders/catalogue.ts";
import { fitRatingsKnowledge } from "../encoders/ratings-knowledge.ts";
import { clicksBayes } from "./bayes/clicks.ts";
import { oneClassBayes } from "./bayes/one-class.ts";
import { ratingsBayes } from "./bayes/ratings.ts";
import { networkLearner } from "./network/network.ts";
import type { NetworkConfig } from "./network/network-config.ts";

const noPeople = { fields: [] };
const rated = { order: "random", query: "all", shots: [1, 3, 5, 10, 15], maxQuery: 8 } as const;
const small: Partial<NetworkConfig> = {
  innerSteps: 5,
  innerLearningRate: 0.2,
  embeddingSize: 8,
  hidden: [16],
  batchTasks: 16,
  maxShots: 16,
  maxQuery: 8,
  steps: 150,
  learningRate: 1e-2,
  coldTasks: 0,
  supportShrinkage: 2,
  weightDecay: 0.01,
  threads: 1,
};

/** A plain network, which knows the items' biases alone, orders .66 of the pairs of a linear taste, with an error of .90. */
const plain = { ordersPairs: 0.62, relativeError: 0.95 };

const joined: readonly (Partial<NetworkConfig> & {
  readonly ordersPairs?: number;
  readonly relativeError?: number;
})[] = [
  { method: "none", ...plain },
  { method: "maml" },
  { method: "fomaml" },
  { method: "melu" },
  { method: "melu", innerOptimiser: "adam", innerLearningRate: 0.03, innerSteps: 3 },
  { method: "anil" },
  { method: "meta-sgd", innerLearningRate: 0.1 },
  { method: "imaml", innerLearningRate: 0.1, proximity: 0.5 },
  { method: "reptile", innerLearningRate: 0.3, innerSteps: 8, learningRate: 1, ordersPairs: 0.69 },
  { method: "fomaml", model: "fm" },
  { method: "melu", model: "deep-fm" },
  { method: "maml", model: "ncf", innerLearningRate: 0.05, ordersPairs: 0.68 },
  { method: "maml", model: "two-tower", innerLearningRate: 0.05 },
];

for (const { ordersPairs = 0.7, relativeError = 0.85, ...given } of joined) {
  const name = [given.method, given.innerOptimiser, given.model].filter(Boolean).join(", ");
  learnerContract(`${name} on a linear taste`, {
    world: linearTaste({ users: 240, noise: 0.1 }),
    make: (train) => networkLearner(fitCatalogue(train, { minEvents: 1 }), noPeople, { ...small, ...given }),
    tasks: rated,
    batchTasks: 16,
    steps: 150,
    ...(given.method === "none" && { ignoresSupport: "it does not adapt" }),
    ordersPairs,
    relativeError,
  });
}

learnerContract("MAML on a checkerboard", {
  world: checkerboard({ users: 80 }),
  make: (train) =>
    networkLearner(fitCatalogue(train, { minEvents: 1 }), noPeople, {
      ...small,
      innerSteps: 3,
      innerLearningRate: 0.3,
    }),
  tasks: { ...rated, shots: [3, 5, 10] },
  batchTasks: 16,
  steps: 150,
  ordersPairs: 0.95,
  relativeError: 0.4,
});

learnerContract("ANIL of likes against items drawn on a checkerboard", {
  world: checkerboard({ users: 80 }),
  make: (train) =>
    networkLearner(fitCatalogue(train, { minEvents: 1, atLeast: 4 }), noPeople, {
      ...small,
      method: "anil",
      loss: "softmax",
      negatives: 4,
      innerLearningRate: 0.3,
    }),
  tasks: { order: "time", query: "liked", shots: [2, 4, 8], maxQuery: 8 },
  batchTasks: 16,
  steps: 150,
  ordersPairs: 0.95,
});

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
