import { ForetasteError } from "../base/errors.ts";
import type { BayesHeadParts } from "../meta/bayes/bayes-head.ts";
import { type NetworkParts, networkRanker } from "../meta/network/parts.ts";
import type { LoadedArtefact } from "../registry/artefact.ts";
import { unpackModel } from "../registry/model.ts";
import { loadArtefact } from "../registry/registry.ts";
import { bayesRecommender } from "./bayes-recommender.ts";
import { ratingRecommender } from "./rating-recommender.ts";
import type { Recommender } from "./recommender.ts";

/** What each kind of saved model becomes; what they hold is plain data, checked against its hashes on loading. */
const kinds: Readonly<Record<string, (artefact: LoadedArtefact) => Recommender>> = {
  "bayes-head": (artefact) => bayesRecommender(unpackModel(artefact) as BayesHeadParts, artefact.id),
  network: (artefact) => networkRecommender(unpackModel(artefact) as NetworkParts, artefact.id),
};

/**
 * Loads a saved model, ready to answer.
 *
 * @throws NOT_FOUND where nothing is; ARTEFACT for what is corrupt or of a kind that this version cannot serve
 * @example const recommender = await loadRecommender("models/movietweetings-0123456789ab");
 */
export async function loadRecommender(path: string): Promise<Recommender> {
  const artefact = await loadArtefact(path);
  const make = Object.hasOwn(kinds, artefact.manifest.kind) ? kinds[artefact.manifest.kind] : undefined;
  if (make !== undefined) return make(artefact);
  throw new ForetasteError("ARTEFACT", {
    where: path,
    expected: `a model of kind ${Object.keys(kinds).join(" or ")}`,
    got: `"${artefact.manifest.kind}"`,
    hint: "It was saved by another version.",
  });
}

function networkRecommender(parts: NetworkParts, modelId: string): Recommender {
  const { items, scale, warm } = parts.catalogue;
  return ratingRecommender({ modelId, ranker: networkRanker(parts), items, scale, candidates: warm });
}
