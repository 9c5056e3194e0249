import type { RunContext } from "../base/progress.ts";
import { type Evaluation, evaluateRanker } from "../evaluate/evaluate.ts";
import type { Metric } from "../evaluate/metrics/metric.ts";
import type { Protocol } from "../evaluate/protocols/protocol.ts";
import { type Comparison, compareToBest, type QualityRow, qualityRows } from "../evaluate/report.ts";

/** A system's answers on a protocol. */
export interface Judged {
  readonly title: string;
  readonly isBaseline: boolean;
  readonly evaluation: Evaluation;
}

/** What is known of the quality of some systems on one protocol. */
export interface Quality {
  readonly protocol: string;
  /** In the order of the systems. */
  readonly rows: readonly QualityRow[];
  /** Each system that is no baseline against the best baseline of each column. */
  readonly comparisons: readonly Comparison[];
}

export interface JudgeOptions {
  readonly metrics: readonly Metric[];
  readonly seed: number;
  readonly context: RunContext;
}

/** Evaluates one fitted system under its title. */
export async function judge(
  {
    title,
    isBaseline,
    ranker,
  }: { title: string; isBaseline: boolean; ranker: Parameters<typeof evaluateRanker>[0] },
  protocol: Protocol,
  options: JudgeOptions,
): Promise<Judged> {
  const evaluation = await evaluateRanker({ ...ranker, name: title }, protocol, options);
  return { title, isBaseline, evaluation };
}

/** Rows with intervals, and paired comparisons with the best baseline of each column. */
export function qualityOf(judged: readonly Judged[], { metrics, seed }: JudgeOptions): Quality {
  const all = judged.map(({ evaluation }) => evaluation);
  const learners = judged.filter((one) => !one.isBaseline).map(({ evaluation }) => evaluation);
  const baselines = judged.filter((one) => one.isBaseline).map(({ evaluation }) => evaluation);
  return {
    protocol: all[0]?.protocol ?? "",
    rows: qualityRows(all, { seed }),
    comparisons: metrics.flatMap(({ name }) => compareToBest(learners, baselines, name, { seed })),
  };
}
