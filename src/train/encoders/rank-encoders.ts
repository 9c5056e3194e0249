import type { Clock } from "../../base/clock.ts";
import { ForetasteError } from "../../base/errors.ts";
import type { RunContext } from "../../base/progress.ts";
import { fitContentKnn } from "../../baselines/content-knn.ts";
import type { Dataset } from "../../data/dataset.ts";
import type { Ranker } from "../../data/query.ts";
import { graphEncoders } from "../../encoders/knowledge/graph-columns.ts";
import { isHere } from "../../encoders/pretrained/open-text-encoder.ts";
import { parseEncoderChoices } from "../../encoders/pretrained/text-columns.ts";
import { evaluateRanker } from "../../evaluate/evaluate.ts";
import { ndcgBinary } from "../../evaluate/metrics/ndcg.ts";
import { coldItems } from "../../evaluate/protocols/cold-items.ts";
import type { Protocol } from "../../evaluate/protocols/protocol.ts";
import { qualityRows } from "../../evaluate/report.ts";
import { fitContentRanker } from "../content-prior.ts";
import { encodeItems } from "../encode-items.ts";

export interface RankEncodersRequest {
  /** `NAME` or `NAME:column,column` each. */
  readonly encoders: readonly string[];
  readonly seed: number;
  /** At most this many people are asked, evenly over the table; 1000 unless told. */
  readonly people?: number;
}

/** How well an encoder's vectors tell who will like items that nobody has touched. */
export interface EncoderScore {
  readonly encoder: string;
  /** nDCG@10 over the cold items, with a 95 % bootstrap interval over people. */
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly tasks: number;
  /** Numbers of an item, over all columns. */
  readonly width: number;
  /** Seconds of encoding; next to nothing where the vectors were kept. */
  readonly seconds: number;
}

/**
 * Scores encoders on somebody's own data: a fifth of the items loses all its events, the content prior with the encoder's
 * vectors is fitted on the others, and everybody's cold items are ranked by it. The same without an encoder, and
 * `content-knn`, stand beside them. Best first.
 *
 * @throws NOT_FOUND for an encoder that is not here, DATA for items without texts, SPLIT, CANCELLED
 * @example const table = await rankEncoders(dataset, { encoders: ["use-lite"], seed: 1 }, context);
 */
export async function rankEncoders(
  dataset: Dataset,
  request: RankEncodersRequest,
  context: RunContext & { readonly clock: Clock },
): Promise<EncoderScore[]> {
  const named = request.encoders.flatMap(parseEncoderChoices).map(({ name }) => name);
  const missing = named.find((name) => !isKnown(name));
  if (missing !== undefined) throw notHere(missing);
  const protocol = fewer(coldItems(dataset, { seed: request.seed }), request.people ?? 1000);
  const judge = async (ranker: Ranker, encoded: Dataset, seconds: number): Promise<EncoderScore> => {
    const metrics = [ndcgBinary(10)];
    const evaluation = await evaluateRanker(ranker, protocol, { metrics, seed: request.seed, context });
    const [row] = qualityRows([evaluation], { seed: request.seed });
    const { mean = Number.NaN, low = Number.NaN, high = Number.NaN, tasks = 0 } = row ?? {};
    const width = widthOf(encoded) - widthOf(dataset);
    return { encoder: ranker.name, mean, low, high, tasks, width, seconds };
  };
  const scores = [
    await judge(fitContentKnn(protocol.train), dataset, 0),
    await judge({ ...(await fitContentRanker(protocol.train)), name: "no encoder" }, dataset, 0),
  ];
  for (const encoder of request.encoders) {
    const before = context.clock.now();
    const encoded = await encodeItems(dataset, encoder, context);
    const seconds = (context.clock.now() - before) / 1000;
    const ranker = await fitContentRanker({ ...protocol.train, items: encoded.items });
    scores.push(await judge({ ...ranker, name: encoder }, encoded, seconds));
  }
  return scores.sort((a, b) => b.mean - a.mean);
}

function isKnown(name: string): boolean {
  return Object.hasOwn(graphEncoders, name) || isHere(name);
}

function widthOf({ items }: Dataset): number {
  const columns = Object.values(items.columns);
  return columns.reduce((sum, column) => sum + (column.kind === "vector" ? column.width : 0), 0);
}

/** The cold items alone, asked of every so-manieth person. */
function fewer(protocol: Protocol, people: number): Protocol {
  const groups = protocol.groups.filter(({ state }) => state === "cold-item");
  const step = Math.max(1, Math.ceil(groups[0]!.cases.length / people));
  return {
    ...protocol,
    groups: groups.map((group) => ({ ...group, cases: group.cases.filter((_, i) => i % step === 0) })),
  };
}

function notHere(name: string): ForetasteError {
  const hint = "`foretaste encoders list` shows what is; `encoders embed` fetches one of the hub.";
  return new ForetasteError("NOT_FOUND", {
    where: "encoders",
    expected: "one that is here",
    got: name,
    hint,
  });
}
