import type { RunContext } from "../../base/progress.ts";
import type { Dataset } from "../../data/dataset.ts";
import type { Ranker } from "../../data/query.ts";
import {
  bootstrapMean,
  type Interval,
  type PairedInterval,
  pairedBootstrap,
} from "../../evaluate/bootstrap.ts";
import { evaluateRanker } from "../../evaluate/evaluate.ts";
import { ndcgBinary } from "../../evaluate/metrics/ndcg.ts";
import { coldBoth } from "../../evaluate/protocols/cold-both.ts";
import type { Protocol } from "../../evaluate/protocols/protocol.ts";
import { type ChoiceHead, choiceRanker } from "../../meta/bayes/bayes-head.ts";
import { oneClassBayes } from "../../meta/bayes/one-class.ts";
import { fitChoiceHead } from "../bayes-head.ts";
import { type BayesHeadConfig, defaultConfig } from "../config.ts";
import { type Counted, countModalities } from "./count-modalities.ts";

export interface ModalityRequest {
  readonly seed: number;
  /** At most this many held-out people are asked. */
  readonly people: number;
  /** Settings of the Bayes head where they are not the defaults. */
  readonly model?: Partial<Omit<BayesHeadConfig, "kind" | "ratings">>;
}

/** What one modality of the items does for the model. */
export interface ModalityRow {
  readonly modality: string;
  /** How much it counts in the vectors of warm items, and of the same and cold ones without their ID. */
  readonly warm: Counted;
  readonly cold: Counted;
  /** nDCG@10 that is lost when nothing is known of it, a state each, on the same people. */
  readonly loss: Readonly<Record<string, PairedInterval>>;
}

export interface ModalityReport {
  readonly fusion: "sum" | "gate";
  /** nDCG@10 with all modalities, a state each. */
  readonly quality: Readonly<Record<string, Interval>>;
  readonly modalities: readonly ModalityRow[];
  /** nDCG@10 of each person with all modalities, for comparisons on the same people. */
  readonly values: Readonly<Record<string, Float64Array>>;
}

/**
 * What each modality of the items (each attribute, each encoder's vectors, the ID) does for the Bayes head: a fifth of the
 * items and of the people is held out, the head is fitted, and its held-out people are asked again with one modality
 * missing after the other. The head is not fitted anew: this is what it loses where the modality is not to be had.
 *
 * @throws SPLIT, DATA, CANCELLED
 * @example const { modalities } = await modalityReport(dataset, { seed: 1, people: 1000, model: { fusion: "gate" } }, context);
 */
export async function modalityReport(
  dataset: Dataset,
  { seed, people, model = {} }: ModalityRequest,
  context: RunContext,
): Promise<ModalityReport> {
  const protocol = coldBoth(dataset, { seed, people });
  const config = { ...defaultConfig.models["bayes-head"], ...model };
  const { head } = await fitChoiceHead(protocol.train, config, { seed, validFraction: 0.1, context });
  const judge = (of: ChoiceHead, name: string): Promise<Judged> =>
    judged({ ...choiceRanker(of), name }, protocol, { seed, context });
  const whole = await judge(head, "all modalities");
  const { items } = oneClassBayes(head.catalogue, head.config);
  const counted = await countModalities(items, head);
  const modalities: ModalityRow[] = [];
  for (const [at, modality] of items.modalities.entries()) {
    const left = await judge(withoutModality(head, modality), `without ${modality}`);
    const loss = eachState(whole, (values, state) => pairedBootstrap(values, left[state]!, { seed }));
    modalities.push({ modality, warm: counted.warm[at]!, cold: counted.cold[at]!, loss });
  }
  const quality = eachState(whole, (values) => bootstrapMean(values, { seed }));
  return { fusion: config.fusion, quality, modalities, values: whole };
}

function withoutModality(head: ChoiceHead, modality: string): ChoiceHead {
  return { ...head, config: { ...head.config, without: [modality] } };
}

/** A value for each person, by state. */
type Judged = Readonly<Record<string, Float64Array>>;

async function judged(
  ranker: Ranker,
  protocol: Protocol,
  options: { readonly seed: number; readonly context: RunContext },
): Promise<Judged> {
  const { groups } = await evaluateRanker(ranker, protocol, { metrics: [ndcgBinary(10)], ...options });
  return Object.fromEntries(groups.map(({ state, metrics }) => [state, metrics["ndcg_binary@10"]!]));
}

function eachState<T>(judged: Judged, of: (values: Float64Array, state: string) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(judged).map(([state, values]) => [state, of(values, state)]));
}
