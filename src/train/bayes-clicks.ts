import { check } from "../base/errors.ts";
import type { Settings, Space } from "../base/settings.ts";
import type { Ranker } from "../data/query.ts";
import type { TrainingDataset } from "../data/splits/training.ts";
import { fitRatingsKnowledge } from "../encoders/ratings-knowledge.ts";
import { clicksBayes } from "../meta/bayes/clicks.ts";
import { defaultClicksConfig } from "../meta/bayes/clicks-config.ts";
import { asRanker } from "../meta/ranker.ts";
import { type AugmentConfig, noAugmentation } from "./augment-config.ts";
import { augmentationOf, extraQuery } from "./augmentation.ts";
import { type FitContext, fitLikingHead, type RunTrace } from "./bayes-head.ts";
import { defaultConfig } from "./config.ts";
import { metaTrain } from "./loop.ts";
import { checkSettings } from "./settings.ts";
import { type StreamOptions, trainingStreams } from "./streams.ts";

/** Hyper-parameters of the Bayes head for clicks as a system. */
interface ClicksModel extends AugmentConfig {
  readonly embeddingSize: number;
  readonly epochs: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly batchTasks: number;
  readonly patience: number;
  readonly inference: string;
  readonly rounds: number;
}

const defaults: ClicksModel = {
  ...noAugmentation,
  embeddingSize: defaultClicksConfig.contentSize,
  epochs: 10,
  learningRate: defaultClicksConfig.learningRate,
  weightDecay: defaultClicksConfig.weightDecay,
  batchTasks: defaultClicksConfig.batchTasks,
  patience: 3,
  inference: defaultClicksConfig.inference,
  rounds: defaultClicksConfig.rounds,
};

/** Every setting of `bayes-clicks` with its default. */
export const clicksSettings: Settings = { ...defaults };

export const clicksSpace: Space = {
  embeddingSize: { kind: "integer", low: 4, high: 64, log: true },
  learningRate: { kind: "number", low: 0.0003, high: 0.02, log: true },
  weightDecay: { kind: "number", low: 0.0001, high: 1, log: true },
  inference: { kind: "choice", of: ["laplace", "polya-gamma"] },
  rounds: { kind: "integer", low: 1, high: 8 },
};

/**
 * Meta-trains the Bayes head for clicks: how likely somebody likes each item.
 *
 * @throws CONFIG for settings it does not have
 */
export async function fitClicks(
  train: TrainingDataset,
  given: Settings,
  fit: FitContext & Pick<StreamOptions, "order" | "minEvents">,
): Promise<{ readonly ranker: Ranker; readonly trace: RunTrace }> {
  const model = modelOf(given);
  const knowledge = await fitRatingsKnowledge(train);
  const { checkpointOf, ...context } = fit;
  const augmentation = await augmentationOf(train, model, {
    seed: fit.seed,
    teacher: async () => (await fitLikingHead(train, defaultConfig.models["bayes-head"], context)).head,
  });
  const streams = trainingStreams(train, {
    ...fit,
    query: "all",
    shots: [0, 1, 3, 5, 10, 20, 40, 90],
    maxQuery: 20,
    validDraws: 2,
    ...(augmentation && { augmentation }),
  });
  const learner = clicksBayes(knowledge, train.users, configOf(model, streams.people));
  const checkpoint = checkpointOf?.("clicks");
  const { prior, ...trace } = await metaTrain(learner, streams, {
    label: "train: what is liked",
    seed: fit.seed,
    context: fit.context,
    epochs: model.epochs,
    batchTasks: model.batchTasks,
    patience: model.patience,
    ...(checkpoint === undefined ? {} : { checkpoint }),
  });
  return { ranker: asRanker(learner, prior), trace };
}

function modelOf(given: Settings): ClicksModel {
  const model: ClicksModel = { ...defaults, ...checkSettings("bayes-clicks", given, clicksSettings) };
  check(model.inference === "laplace" || model.inference === "polya-gamma", "CONFIG", () => ({
    where: "bayes-clicks.inference",
    expected: "laplace or polya-gamma",
    got: `"${model.inference}"`,
  }));
  return model;
}

function configOf(model: ClicksModel, people: number): Parameters<typeof clicksBayes>[2] {
  const { embeddingSize: contentSize, batchTasks, learningRate, weightDecay, rounds, epochs } = model;
  return {
    contentSize,
    batchTasks,
    learningRate,
    weightDecay,
    rounds,
    inference: model.inference === "laplace" ? "laplace" : "polya-gamma",
    steps: Math.ceil(people / batchTasks) * epochs,
    maxQuery: defaultClicksConfig.maxQuery + extraQuery(model),
  };
}
