import { ForetasteError } from "../base/errors.ts";
import { topN } from "../base/ranking.ts";
import { hash32 } from "../base/rng.ts";
import type { Ranker } from "../data/query.ts";
import type { Metric, PooledMetric, Ranked } from "./metrics/metric.ts";
import type { Case } from "./protocols/protocol.ts";

/** What is asked of a ranker about each case: no more than the metrics read. */
export interface Questions {
  /** Places of the ranking; 0 when nobody reads one. */
  readonly depth: number;
  readonly values: boolean;
  readonly probability: boolean;
  readonly distribution: boolean;
  readonly seed: number;
}

export function questionsOf(metrics: readonly (Metric | PooledMetric)[], seed: number): Questions {
  const reads = new Set(metrics.map((metric) => metric.reads));
  return {
    depth: Math.max(0, ...metrics.map((metric) => metric.depth)),
    values: reads.has("values"),
    probability: reads.has("probability"),
    distribution: reads.has("distribution"),
    seed,
  };
}

/**
 * A ranker's answers for one case; what it does not predict is absent.
 *
 * @param candidates those of the case, read once
 * @throws SHAPE or NUMERIC when they do not fit or are not numbers
 */
export async function answer(
  ranker: Ranker,
  one: Case,
  candidates: Int32Array,
  { depth, values, probability, distribution, seed }: Questions,
): Promise<Ranked> {
  const { query, truth, id } = one;
  const items =
    depth > 0
      ? topN(await ranker.score(query, candidates), candidates, depth, hash32(id, seed))
      : new Int32Array(0);
  const said = {
    predicted: values ? await ranker.rate?.(query, truth.items) : undefined,
    probability: probability ? await ranker.probability?.(query, truth.items) : undefined,
  };
  const predicted = distribution ? await ranker.predict?.(query, truth.items) : undefined;
  for (const [what, numbers] of Object.entries({ ...said, ...predicted })) {
    if (numbers !== undefined)
      assertNumbers(numbers, truth.items.length, `${names[what]} ${ranker.name} for ${id}`);
  }
  return {
    items,
    ...(said.predicted && { predicted: said.predicted }),
    ...(said.probability && { probability: said.probability }),
    ...(predicted && { distribution: predicted }),
  };
}

const names: Readonly<Record<string, string>> = {
  predicted: "values predicted by",
  probability: "probabilities predicted by",
  mean: "means predicted by",
  median: "medians predicted by",
  low: "lower ends predicted by",
  high: "upper ends predicted by",
};

function assertNumbers(numbers: Float32Array, count: number, where: string): void {
  const expected = `${count} numbers, one an item`;
  if (numbers.length !== count) {
    throw new ForetasteError("SHAPE", { where, expected, got: `${numbers.length}` });
  }
  if (numbers.some(Number.isNaN)) throw new ForetasteError("NUMERIC", { where, expected, got: "NaN" });
}
