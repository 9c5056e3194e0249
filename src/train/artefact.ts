import { frozenCatalogue, withoutPeople } from "../meta/bayes/bayes-head.ts";
import { exportOneClass } from "../meta/bayes/one-class-export.ts";
import { exportRatings } from "../meta/bayes/ratings-export.ts";
import type { LearnerExport } from "../meta/export.ts";
import { exportNetwork } from "../meta/network/network-export.ts";
import type { Artefact, Json } from "../registry/artefact.ts";
import { packModel } from "../registry/model.ts";
import type { TrainConfig } from "./config.ts";
import type { SavedParts } from "./systems.ts";

/** What is written beside a model. */
export interface About {
  readonly config: TrainConfig;
  readonly dataset: { readonly name: string; readonly hash: string };
  /** Unix time in milliseconds. */
  readonly createdAt: number;
  readonly commit?: string;
  readonly metrics: Readonly<Record<string, Json>>;
}

/** Events that the exported adaptation steps take. */
const exported = { shots: 32 };

/** Ids of the items in the order of the exported scores: what serves without this package needs of the catalogue. */
const itemsFile = "items.json";

/**
 * A trained model as an artefact: priors, catalogue and encoders, without the people it was trained on, and each
 * learner's adaptation and scoring as self-contained ONNX files (docs/onnx.md).
 *
 * @example const id = await saveArtefact("models", await toArtefact(parts, about));
 */
export async function toArtefact(parts: SavedParts, about: About): Promise<Artefact> {
  const { config, dataset, createdAt, commit, metrics } = about;
  const description = {
    kind: parts.kind,
    name: fileName(`${dataset.name}-${config.model.kind}`),
    createdAt: new Date(createdAt).toISOString(),
    config: config as unknown as Json,
    lineage: { dataHash: dataset.hash, ...(commit === undefined ? {} : { commit }) },
    metrics,
  };
  const model =
    parts.kind === "network"
      ? { ...parts, catalogue: frozenCatalogue(parts.catalogue) }
      : { kind: parts.kind, ...withoutPeople(parts) };
  const artefact = packModel(description, model, await exportedSteps(parts));
  const { ids } = parts.kind === "network" ? parts.catalogue.items : parts.choice.catalogue.items;
  const list = new TextEncoder().encode(JSON.stringify(ids));
  return { ...artefact, files: { ...artefact.files, [itemsFile]: list } };
}

/** The steps of every learner of a model, named `<learner>-adapt` and `<learner>-score`. */
async function exportedSteps(parts: SavedParts): Promise<Readonly<Record<string, Uint8Array>>> {
  if (parts.kind === "network") return named("network", exportNetwork(parts, exported));
  return {
    ...named("choice", await exportOneClass(parts.choice, exported)),
    ...named("liking", exportRatings(parts.liking, exported)),
  };
}

function named(learner: string, { adapt, score }: LearnerExport): Record<string, Uint8Array> {
  return { [`${learner}-adapt`]: adapt, [`${learner}-score`]: score };
}

function fileName(text: string): string {
  const plain = text.toLowerCase().replaceAll(/[^a-z0-9._-]+/g, "-");
  return plain.replace(/^[^a-z0-9]+/, "").slice(0, 64) || "model";
}
