import type { Dataset } from "../data/dataset.ts";
import type { TrainingDataset } from "../data/splits/training.ts";
import type { Catalogue } from "../encoders/catalogue.ts";
import { fitCatalogue } from "../encoders/catalogue.ts";
import { defaultEncoderOptions, type Encoder, fitEncoder } from "../encoders/encoder.ts";
import { maml } from "../meta/maml/maml.ts";
import type { MamlPrior } from "../meta/maml/maml-types.ts";
import type { FitContext, RunTrace } from "./bayes-head.ts";
import type { MamlConfig } from "./config.ts";
import { metaTrain } from "./loop.ts";
import { trainingStreams } from "./streams.ts";

/** A trained MAML: plain data. */
export interface MamlParts {
  readonly catalogue: Catalogue;
  readonly people: Encoder;
  readonly config: Parameters<typeof maml>[2];
  readonly prior: MamlPrior;
}

/** Training events from which on an item has an embedding of its own. */
const WARM_EVENTS = 5;

/** Meta-trains MAML, or FOMAML, on MeLU's network for ratings. */
export async function fitMaml(
  train: TrainingDataset,
  model: MamlConfig,
  fit: FitContext,
): Promise<{ parts: MamlParts; trace: RunTrace }> {
  const [catalogue, people] = [mamlCatalogue(train), fitEncoder(train.users, train.warmUsers)];
  const shots = [0, 1, 3, 5, 10, 20, 40, 64];
  const streams = trainingStreams(train, {
    ...fit,
    order: "random",
    query: "all",
    shots,
    maxQuery: 20,
    validDraws: 2,
  });
  const { epochs, batchTasks, patience, secondOrder, kind: _, ...same } = model;
  const steps = Math.ceil(streams.people / batchTasks) * epochs;
  const order = secondOrder ? 2 : 1;
  const config = { ...same, batchTasks, steps, order } as const;
  const checkpoint = fit.checkpointOf?.("maml");
  const { prior, ...trace } = await metaTrain(maml(catalogue, people, config), streams, {
    label: `train: ${secondOrder ? "MAML" : "FOMAML"}`,
    seed: fit.seed,
    context: fit.context,
    epochs,
    batchTasks,
    patience,
    ...(checkpoint === undefined ? {} : { checkpoint }),
  });
  return { parts: { catalogue, people, config, prior }, trace };
}

/** Words and rare names would be learned by heart: they tell the training items apart, and say nothing of new ones. */
function mamlCatalogue(train: Dataset): Catalogue {
  const texts = Object.entries(train.items.columns).filter(([, { kind }]) => kind === "text");
  const encoder = { ...defaultEncoderOptions, minCount: 8, except: texts.map(([name]) => name) };
  return fitCatalogue(train, { minEvents: WARM_EVENTS, encoder });
}
