import { frozenCatalogue, withoutPeople } from "../meta/bayes/bayes-head.ts";
import { choicePrograms } from "../meta/bayes/onnx.ts";
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

/** Sizes of the exported ONNX programs. */
const exported = { shots: 16, items: 1024 };

/**
 * A trained model as an artefact: priors, catalogue and encoders, without the people it was trained on, and the ONNX
 * programs of adaptation and scoring.
 *
 * @example const id = await saveArtefact("models", await toArtefact(parts, about));
 */
export async function toArtefact(parts: SavedParts, about: About): Promise<Artefact> {
  const { config, dataset, createdAt, commit, metrics } = about;
  const description = {
    kind: parts.kind,
    name: fileName(`${dataset.name}-${parts.kind}`),
    createdAt: new Date(createdAt).toISOString(),
    config: config as unknown as Json,
    lineage: { dataHash: dataset.hash, ...(commit === undefined ? {} : { commit }) },
    metrics,
  };
  if (parts.kind === "maml") {
    return packModel(description, { ...parts, catalogue: frozenCatalogue(parts.catalogue) });
  }
  const model = { kind: parts.kind, ...withoutPeople(parts) };
  return packModel(description, model, await choicePrograms(parts, exported));
}

function fileName(text: string): string {
  const plain = text.toLowerCase().replaceAll(/[^a-z0-9._-]+/g, "-");
  return plain.replace(/^[^a-z0-9]+/, "").slice(0, 64) || "model";
}
