import type { Dataset } from "../data/dataset.ts";
import type { TrainingDataset } from "../data/splits/training.ts";
import { type Catalogue, fitCatalogue } from "../encoders/catalogue.ts";
import { defaultEncoderOptions, type Encoder, fitEncoder } from "../encoders/encoder.ts";
import { networkLearner } from "../meta/network/network.ts";
import type { NetworkConfig } from "../meta/network/network-config.ts";
import type { NetworkPrior } from "../meta/network/types.ts";
import type { FitContext, RunTrace } from "./bayes-head.ts";
import { metaTrain } from "./loop.ts";
import type { NetworkModelConfig } from "./networks.ts";
import { trainingStreams } from "./streams.ts";

/** A trained learner on a network: plain data. */
export interface NetworkParts {
  readonly catalogue: Catalogue;
  readonly people: Encoder;
  readonly config: Partial<NetworkConfig>;
  readonly prior: NetworkPrior;
}

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
  const catalogue = networkCatalogue(train, lists);
  const people = fitEncoder(train.users, train.warmUsers);
  const streams = trainingStreams(
    train,
    lists ? { ...fit, ...listTasks(catalogue) } : { ...fit, ...ratingTasks },
  );
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

function networkConfig(
  { kind: _, hidden, loss, coldLists, epochs: __, patience: ___, replay: ____, ...same }: NetworkModelConfig,
  purpose: NetworkFit["purpose"],
  steps: number,
): Partial<NetworkConfig> {
  const asked = loss === "auto" ? (purpose === "full" ? "softmax" : "squared") : loss;
  return {
    ...same,
    steps,
    hidden: hidden.split("-").filter(Boolean).map(Number),
    loss: asked,
    negatives: asked === "squared" ? 0 : same.negatives,
    coldTasks: purpose === "full" ? coldLists : same.coldTasks,
  };
}

/** Words and rare names would be learned by heart: they tell the training items apart, and say nothing of new ones. */
function networkCatalogue(train: Dataset, lists: boolean): Catalogue {
  const texts = Object.entries(train.items.columns).filter(([, { kind }]) => kind === "text");
  const encoder = { ...defaultEncoderOptions, minCount: 8, except: texts.map(([name]) => name) };
  const atLeast = lists ? { atLeast: train.scale.liked } : {};
  return fitCatalogue(train, { minEvents: WARM_EVENTS, encoder, ...atLeast });
}
