import type { Dataset } from "../data/dataset.ts";
import type { TrainingDataset } from "../data/splits/training.ts";
import { type Catalogue, fitCatalogue } from "../encoders/catalogue.ts";
import { defaultEncoderOptions, fitEncoder } from "../encoders/encoder.ts";
import { networkLearner } from "../meta/network/network.ts";
import { defaultNetworkConfig, type NetworkConfig } from "../meta/network/network-config.ts";
import type { NetworkParts } from "../meta/network/parts.ts";
import { augmentationOf, extraQuery } from "./augmentation.ts";
import { type FitContext, fitLikingHead, type RunTrace } from "./bayes-head.ts";
import { defaultConfig } from "./config.ts";
import { metaTrain } from "./loop.ts";
import type { NetworkModelConfig } from "./networks.ts";
import { trainingStreams } from "./streams.ts";

/** What it will be asked for. */
export interface NetworkFit extends FitContext {
  /** "query set": how something is liked; "full": what of everything is chosen next. */
  readonly purpose: "full" | "query set";
}

/** Training events from which on an item has an embedding of its own. */
const WARM_EVENTS = 5;

/**
 * Meta-trains a learner on a network: for ratings on random supports with squared error, for lists on what training
 * people liked after their first events with a ranking loss.
 *
 * @throws as the loop and the streams do; CONFIG, NOT_FOUND for settings that do not fit
 */
export async function fitNetwork(
  train: TrainingDataset,
  model: NetworkModelConfig,
  fit: NetworkFit,
): Promise<{ parts: NetworkParts; trace: RunTrace }> {
  const lists = fit.purpose === "full";
  const catalogue = networkCatalogue(train, model, lists);
  const people = fitEncoder(train.users, train.warmUsers);
  const { checkpointOf: _, ...bare } = fit;
  const augmentation = await augmentationOf(train, model, {
    seed: fit.seed,
    teacher: async () => (await fitLikingHead(train, defaultConfig.models["bayes-head"], bare)).head,
  });
  const streams = trainingStreams(train, {
    ...fit,
    minEvents: model.minEvents,
    maxEvents: model.maxEvents,
    ...(lists ? listTasks(catalogue) : ratingTasks),
    ...(augmentation && { augmentation }),
  });
  const { epochs, batchTasks, patience, replay } = model;
  const fresh = Math.max(1, Math.round(batchTasks * (1 - replay)));
  const config = networkConfig(model, fit.purpose, Math.ceil(streams.people / fresh) * epochs);
  const learner = networkLearner(catalogue, people, config);
  const checkpoint = fit.checkpointOf?.(model.kind);
  const { prior, ...trace } = await metaTrain(learner, streams, {
    label: `train: ${learner.name}`,
    seed: fit.seed,
    context: fit.context,
    epochs,
    batchTasks: fresh,
    replay: batchTasks - fresh,
    patience,
    ...(checkpoint === undefined ? {} : { checkpoint }),
  });
  return { parts: { catalogue, people, config, prior }, trace };
}

const ratingTasks = {
  order: "random",
  query: "all",
  shots: [0, 1, 3, 5, 10, 20, 40, 64],
  maxQuery: 20,
  validDraws: 2,
} as const;

function listTasks({ warm, items }: Catalogue) {
  const counted = new Uint8Array(items.ids.length);
  for (const item of warm) counted[item] = 1;
  const shots = [0, 1, 2, 3, 4, 5, 7, 10];
  return { order: "time", query: "liked", shots, items: counted, maxQuery: 20, validDraws: 3 } as const;
}

/** The learner's own among the settings. */
function networkConfig(
  model: NetworkModelConfig,
  purpose: NetworkFit["purpose"],
  steps: number,
): Partial<NetworkConfig> {
  const { loss: wanted, hidden, negatives, coldTasks, coldLists, maxQuery } = model;
  const loss = wanted === "auto" ? (purpose === "full" ? "softmax" : "squared") : wanted;
  const own = Object.keys(defaultNetworkConfig).filter((name) => Object.hasOwn(model, name));
  const same = Object.fromEntries(own.map((name) => [name, model[name as keyof typeof model]]));
  return {
    ...(same as Partial<NetworkConfig>),
    steps,
    hidden: hidden.split("-").filter(Boolean).map(Number),
    loss,
    negatives: loss === "squared" ? 0 : negatives,
    coldTasks: purpose === "full" ? coldLists : coldTasks,
    maxQuery: maxQuery + extraQuery(model),
  };
}

/** Words and rare names would be learned by heart: they tell the training items apart, and say nothing of new ones. */
function networkCatalogue(
  train: Dataset,
  { columns, minCount, averageLists: average }: NetworkModelConfig,
  lists: boolean,
): Catalogue {
  const wanted = new Set(columns.split(","));
  const all = Object.entries(train.items.columns);
  const chosen = all.some(([name]) => wanted.has(name));
  const except = all.filter(([name, { kind }]) => (chosen ? !wanted.has(name) : kind === "text"));
  const encoder = { ...defaultEncoderOptions, minCount, average, except: except.map(([name]) => name) };
  const atLeast = lists ? { atLeast: train.scale.liked } : {};
  return fitCatalogue(train, { minEvents: WARM_EVENTS, encoder, ...atLeast });
}
