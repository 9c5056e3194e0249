import { ForetasteError } from "../base/errors.ts";
import { type RunContext, silentProgress } from "../base/progress.ts";
import { topN } from "../base/ranking.ts";
import { hash32 } from "../base/rng.ts";
import type { Scale } from "../data/dataset.ts";
import type { Ranker } from "../data/query.ts";
import { type Metric, type Ranked, truthOf } from "./metrics/metric.ts";
import type { Case, Group, Protocol } from "./protocols/protocol.ts";

/** One ranker on one group: a value a task for each metric, NaN where the metric is undefined. */
export interface GroupResult {
  readonly state: string;
  readonly shots: number | "all";
  readonly draw: number;
  /** `[tasks]` */
  readonly ids: readonly string[];
  /** `[tasks]` each, in the order of `ids`. */
  readonly metrics: Readonly<Record<string, Float64Array>>;
}

/** One ranker on one protocol. */
export interface Evaluation {
  readonly system: string;
  readonly protocol: string;
  readonly candidates: Protocol["candidates"];
  readonly groups: readonly GroupResult[];
}

export interface EvaluateOptions {
  readonly metrics: readonly Metric[];
  /** Orders ties, differently for every task: one order for all would favour or punish the same items everywhere. */
  readonly seed: number;
  readonly context?: RunContext;
}

/**
 * Measures a ranker on every case of a protocol. The ranker sees the query and the candidates, never the truth;
 * predicted values are asked for the true items only when a metric of values is measured.
 *
 * @throws SHAPE or NUMERIC when the ranker's scores do not fit or are not numbers, CANCELLED
 * @example const evaluation = await evaluateRanker(ranker, protocol, { metrics: [mae, ndcgBinary(10)], seed: 1 });
 */
export async function evaluateRanker(
  ranker: Ranker,
  protocol: Protocol,
  options: EvaluateOptions,
): Promise<Evaluation> {
  const { progress, signal } = options.context ?? { progress: silentProgress, signal: undefined };
  const total = protocol.groups.reduce((sum, group) => sum + group.cases.length, 0);
  const bar = progress.start(`evaluate ${ranker.name}`, total);
  let done = 0;
  const step = (): void => {
    if (signal?.aborted) throw cancelled(ranker.name, done, total);
    if (++done % 50 === 0) bar.update(done);
  };
  const groups: GroupResult[] = [];
  for (const group of protocol.groups)
    groups.push(await evaluateGroup(ranker, group, protocol.scale, { ...options, step }));
  bar.finish();
  return { system: ranker.name, protocol: protocol.name, candidates: protocol.candidates, groups };
}

interface GroupOptions extends EvaluateOptions {
  readonly step: () => void;
}

async function evaluateGroup(
  ranker: Ranker,
  group: Group,
  scale: Scale,
  options: GroupOptions,
): Promise<GroupResult> {
  const { metrics, step } = options;
  const columns = metrics.map(() => new Float64Array(group.cases.length));
  for (const [row, one] of group.cases.entries()) {
    step();
    const ranked = await answer(ranker, one, options);
    const truth = truthOf(one.truth, one.candidates, scale);
    metrics.forEach((metric, m) => {
      (columns[m] as Float64Array)[row] = metric.measure(ranked, truth);
    });
  }
  const { state, shots, draw } = group;
  const measured = Object.fromEntries(metrics.map((metric, m) => [metric.name, columns[m] as Float64Array]));
  return { state, shots, draw, ids: group.cases.map((one) => one.id), metrics: measured };
}

async function answer(ranker: Ranker, one: Case, { metrics, seed }: EvaluateOptions): Promise<Ranked> {
  const depth = Math.max(0, ...metrics.map((metric) => metric.depth));
  const scores = depth > 0 ? await ranker.score(one.query, one.candidates) : undefined;
  const items =
    scores === undefined ? new Int32Array(0) : topN(scores, one.candidates, depth, hash32(one.id, seed));
  const valued = metrics.some((metric) => metric.reads === "values");
  const predicted = valued ? await ranker.rate?.(one.query, one.truth.items) : undefined;
  if (predicted === undefined) return { items };
  assertPredicted(predicted, one, ranker.name);
  return { items, predicted };
}

function assertPredicted(predicted: Float32Array, one: Case, name: string): void {
  const where = `values predicted by ${name} for ${one.id}`;
  const expected = `${one.truth.items.length} numbers, one an item`;
  if (predicted.length !== one.truth.items.length) {
    throw new ForetasteError("SHAPE", { where, expected, got: `${predicted.length}` });
  }
  if (predicted.some(Number.isNaN)) throw new ForetasteError("NUMERIC", { where, expected, got: "NaN" });
}

function cancelled(name: string, done: number, total: number): ForetasteError {
  const parts = { where: `evaluation of ${name}`, expected: `${total} tasks`, got: `a stop after ${done}` };
  return new ForetasteError("CANCELLED", parts);
}
