import type { Range, Space } from "../base/settings.ts";
import type { NetworkConfig } from "../meta/network/network-config.ts";
import { type AugmentConfig, noAugmentation } from "./augment-config.ts";

/** Hyper-parameters of a learner on a network, and of its training. */
export interface NetworkModelConfig
  extends AugmentConfig,
    Omit<NetworkConfig, "about" | "steps" | "threads" | "hidden" | "loss" | "coldTasks" | "userIds"> {
  /** Name of the row it is of: a system. */
  readonly kind: string;
  /** Widths of the hidden layers, joined by dashes. */
  readonly hidden: string;
  /** "auto": squared error where ratings will be asked, softmax where lists. */
  readonly loss: NetworkConfig["loss"] | "auto";
  /** Item attributes it is told of, joined by commas; all but texts where empty, or where the data has none of them. */
  readonly columns: string;
  /** A value of an attribute that fewer training items carry is unknown. */
  readonly minCount: number;
  /** Values of a list are averaged, unknown ones as zeros; a sum over the root of their number where false. */
  readonly averageLists: boolean;
  /** Probability that a task is played with cold items only, in training for ratings and for lists. */
  readonly coldTasks: number;
  readonly coldLists: number;
  /** Training people with fewer, or more, events are not learned from. */
  readonly minEvents: number;
  readonly maxEvents: number;
  /** At most this many passes over the training people. */
  readonly epochs: number;
  /** Epochs without a better `outerValid` before training stops. */
  readonly patience: number;
  /** Share of each batch that is earlier tasks, met again. */
  readonly replay: number;
}

/** A learner on a network as a system: settings that are its own, and where to look for better ones. */
export interface NetworkRow {
  readonly name: string;
  /** For people. */
  readonly title: string;
  readonly model: NetworkModelConfig;
  readonly space: Space;
}

const base: Omit<NetworkModelConfig, "kind"> = {
  ...noAugmentation,
  method: "maml",
  model: "mlp",
  loss: "auto",
  negatives: 8,
  embeddingSize: 32,
  fusion: "join",
  hidden: "64-64",
  start: "he",
  dropout: 0,
  order: 2,
  innerOptimiser: "sgd",
  innerSteps: 5,
  innerLearningRate: 0.3,
  learnInnerRate: true,
  supportShrinkage: 10,
  proximity: 1,
  batchTasks: 32,
  maxShots: 32,
  maxQuery: 20,
  learningRate: 3e-3,
  decay: true,
  standardised: true,
  squaresDecay: 0.99,
  weightDecay: 0.1,
  adversarial: 0,
  itemIds: true,
  itemLevels: true,
  columns: "",
  minCount: 8,
  averageLists: false,
  minEvents: 1,
  maxEvents: 1_000_000,
  coldTasks: 0.5,
  coldLists: 0.1,
  idDropout: 0.1,
  clipNorm: 5,
  epochs: 5,
  patience: 3,
  replay: 0,
};

const outerSpace: Space = {
  embeddingSize: { kind: "choice", of: [8, 16, 32, 64] },
  hidden: { kind: "choice", of: ["32", "64-64", "128-64"] },
  learningRate: { kind: "number", low: 3e-4, high: 2e-2, log: true },
  weightDecay: { kind: "number", low: 1e-3, high: 1, log: true },
  dropout: { kind: "number", low: 0, high: 0.5 },
  batchTasks: { kind: "choice", of: [16, 32, 64] },
  epochs: { kind: "integer", low: 2, high: 20, log: true },
  coldTasks: { kind: "number", low: 0, high: 1 },
  idDropout: { kind: "number", low: 0, high: 0.5 },
};
const innerRate: Range = { kind: "number", low: 1e-3, high: 1, log: true };
const innerSpace: Space = {
  innerSteps: { kind: "integer", low: 1, high: 10 },
  innerLearningRate: innerRate,
  supportShrinkage: { kind: "number", low: 0.5, high: 50, log: true },
};

/** MeLU as its authors' code trains it (Lee et al. 2019, sec. 4.2; the paper says 30 epochs, the code takes 20). */
const published: Partial<NetworkModelConfig> = {
  method: "melu",
  start: "torch",
  standardised: false,
  squaresDecay: 0.999,
  columns: "rate,genre,director,actors",
  minCount: 1,
  averageLists: true,
  minEvents: 13,
  maxEvents: 100,
  innerSteps: 1,
  innerLearningRate: 5e-6,
  learnInnerRate: false,
  supportShrinkage: 0,
  learningRate: 5e-5,
  decay: false,
  weightDecay: 0,
  itemIds: false,
  itemLevels: false,
  coldTasks: 0,
  coldLists: 0,
  idDropout: 0,
  clipNorm: 1e6,
  maxShots: 90,
  maxQuery: 10,
  epochs: 20,
  patience: 0,
};

/** A set encoder learns slower than steps do; it takes no gradient to adapt, so that an epoch costs about half. */
const read: Partial<NetworkModelConfig> = { proximity: 0.01, epochs: 16 };
const readSpace: Space = { ...outerSpace, proximity: { kind: "number", low: 1e-4, high: 1, log: true } };

/** Its recurrent network runs once for every parameter of every task: a small network, few tasks a step. */
const optimised: Partial<NetworkModelConfig> = {
  method: "learned-optimiser",
  order: 1,
  innerSteps: 3,
  embeddingSize: 16,
  hidden: "32-32",
  batchTasks: 16,
};

type Row = readonly [name: string, title: string, own: Partial<NetworkModelConfig>, space: Space];

const rows: readonly Row[] = [
  ["network", "Plain network", { method: "none" }, outerSpace],
  ["fm", "FM, plain", { method: "none", model: "fm" }, outerSpace],
  ["deep-fm", "DeepFM, plain", { method: "none", model: "deep-fm" }, outerSpace],
  ["ncf", "NCF, plain", { method: "none", model: "ncf" }, outerSpace],
  ["two-tower", "Two towers, plain", { method: "none", model: "two-tower" }, outerSpace],
  ["sequence", "Sequence transformer, plain", { method: "none", model: "sequence" }, outerSpace],
  ["melu-published", "MeLU at its published rates", published, {}],
  ["melu", "MeLU", { method: "melu" }, { ...outerSpace, ...innerSpace }],
  ["fomaml", "FOMAML", { method: "fomaml" }, { ...outerSpace, ...innerSpace }],
  ["maml", "MAML", {}, { ...outerSpace, ...innerSpace }],
  ["anil", "ANIL", { method: "anil" }, { ...outerSpace, ...innerSpace }],
  [
    "reptile",
    "Reptile",
    { method: "reptile", innerSteps: 8, learningRate: 1, weightDecay: 0 },
    { ...outerSpace, ...innerSpace, learningRate: { kind: "number", low: 0.1, high: 1, log: true } },
  ],
  ["meta-sgd", "Meta-SGD", { method: "meta-sgd", innerLearningRate: 0.1 }, { ...outerSpace, ...innerSpace }],
  [
    "imaml",
    "iMAML",
    { method: "imaml", innerLearningRate: 0.1, learnInnerRate: false },
    { ...outerSpace, ...innerSpace, proximity: { kind: "number", low: 0.01, high: 10, log: true } },
  ],
  ["learned-optimiser", "Learned optimiser", optimised, { ...outerSpace, ...innerSpace }],
  ["neural-process", "Neural process", { ...read, method: "neural-process" }, readSpace],
  ["task-adaptive", "TaNP", { ...read, method: "task-adaptive" }, readSpace],
  ["memory", "MAMO", { method: "memory" }, { ...outerSpace, ...innerSpace }],
];

/** Every learner on a network, each with good settings. */
export const networkRows: readonly NetworkRow[] = rows.map(([name, title, own, space]) => ({
  name,
  title,
  model: { kind: name, ...base, ...own },
  space,
}));

/** The row of that name, if any. */
export function networkRow(name: string): NetworkRow | undefined {
  return networkRows.find((row) => row.name === name);
}
