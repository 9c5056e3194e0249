import { check, ForetasteError } from "../base/errors.ts";
import type { RunContext } from "../base/progress.ts";
import type { Ranker } from "../data/query.ts";
import type { TrainingDataset } from "../data/splits/training.ts";
import { fitTrends } from "../encoders/trends.ts";
import type { Protocol } from "../evaluate/protocols/protocol.ts";
import { bayesHead } from "../meta/bayes/bayes-head.ts";
import { networkRanker } from "../meta/network/parts.ts";
import type { LoadedArtefact } from "../registry/artefact.ts";
import { unpackModel } from "../registry/model.ts";
import { loadArtefact } from "../registry/registry.ts";
import { type Judged, judge, type Quality, qualityOf } from "./compare.ts";
import { type DataConfig, parseTrainConfig } from "./config.ts";
import { networkRow } from "./networks.ts";
import { type Prepared, prepare } from "./prepare.ts";
import { judgedBy } from "./run-training.ts";
import { type SavedParts, type System, systems } from "./systems.ts";

export interface EvaluationRequest {
  /** Folder of the saved model. */
  readonly model: string;
  /** What of the data is elsewhere, or called otherwise, than when the model was trained. */
  readonly data?: Partial<DataConfig>;
  /** The shots of the protocol unless told. */
  readonly shots?: readonly number[];
}

export interface EvaluationResult {
  readonly model: string;
  readonly prepared: Prepared;
  readonly protocol: Protocol;
  readonly quality: Quality;
}

/**
 * Judges a saved model on the people that were hidden from it, beside every baseline fitted on the same training data.
 *
 * @throws DATA when the data is not what it was trained on (nobody could say who is unseen), ARTEFACT, NOT_FOUND
 */
export async function runEvaluation(
  request: EvaluationRequest,
  context: RunContext,
): Promise<EvaluationResult> {
  const artefact = await loadArtefact(request.model);
  const config = parseTrainConfig(artefact.manifest.config, request.model);
  const data = dataNow(config.data, request.data ?? {});
  const prepared = await prepare({ ...config, data }, context, request.shots);
  checkSame(artefact, prepared);
  const { protocol } = prepared;
  if (protocol === undefined) throw withoutTimes(prepared);
  const options = { metrics: judgedBy, seed: config.seed, context };
  const judged: Judged[] = [];
  for (const system of quickBaselines) {
    const { ranker } = await system.fit(prepared.train, { purpose: "full", validFraction: 0, ...options });
    judged.push(await judge({ ...system, ranker }, protocol, options));
  }
  const ranker = rankerOf(artefact, prepared.train);
  judged.push(await judge({ title: ranker.name, isBaseline: false, ranker }, protocol, options));
  return { model: artefact.id, prepared, protocol, quality: qualityOf(judged, options) };
}

/** Another data set is read as the first one was: by the same encoder. */
function dataNow(then: DataConfig, { name, ...now }: Partial<DataConfig>): DataConfig {
  if (name === undefined) return { ...then, ...now };
  return { name, ...(then.encoder === undefined ? {} : { encoder: then.encoder }), ...now };
}

/** Beside a saved model stand the baselines that are fitted in seconds: no network. */
export const quickBaselines: readonly System[] = systems.filter(
  ({ name, isBaseline, data }) => isBaseline && data === undefined && networkRow(name) === undefined,
);

/** The saved model with the popularity of each moment, which a model for serving does without. */
function rankerOf(artefact: LoadedArtefact, train: TrainingDataset): Ranker {
  const parts = unpackModel(artefact) as SavedParts;
  check(parts.kind === "network" || parts.kind === "bayes-head", "ARTEFACT", () => ({
    where: artefact.id,
    expected: "a model of kind bayes-head or network",
    got: artefact.manifest.kind,
  }));
  if (parts.kind === "network") return networkRanker(parts);
  const { catalogue } = parts.choice;
  const trends = fitTrends(train, { catalogue: catalogue.warm });
  return bayesHead({ ...parts, choice: { ...parts.choice, catalogue: { ...catalogue, trends } } });
}

function checkSame({ id, manifest }: LoadedArtefact, { dataset }: Prepared): void {
  check(manifest.lineage.dataHash === dataset.hash, "DATA", () => ({
    where: `evaluation of ${id}`,
    expected: `the data it was trained on, ${String(manifest.lineage.dataHash).slice(0, 12)}`,
    got: `${dataset.name}, ${dataset.hash.slice(0, 12)}`,
    hint: "On other data nobody could say whom it has not seen.",
  }));
}

function withoutTimes({ dataset }: Prepared): ForetasteError {
  return new ForetasteError("DATA", {
    where: `evaluation on ${dataset.name}`,
    expected: "events with a time",
    got: "none",
    hint: "The protocol gives a model somebody's first events and asks for the later ones.",
  });
}
