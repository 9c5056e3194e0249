import { ForetasteError } from "../base/errors.ts";
import { type RunContext, silentProgress } from "../base/progress.ts";
import type { Scale } from "../data/dataset.ts";
import type { Ranker } from "../data/query.ts";
import { answer, type Questions, questionsOf } from "./answers.ts";
import type { Evaluation, GroupResult } from "./evaluation.ts";
import type { Grouping } from "./groupings.ts";
import { type Metric, type PooledMetric, type Truth, truthOf } from "./metrics/metric.ts";
import type { Group, Protocol } from "./protocols/protocol.ts";
import { createSheet } from "./sheet.ts";

export type { Evaluation, GroupResult } from "./evaluation.ts";

export interface EvaluateOptions {
  readonly metrics: readonly (Metric | PooledMetric)[];
  /** Orders ties, differently for every task: one order for all would favour or punish the same items everywhere. */
  readonly seed: number;
  /** Groups of people and of items whose figures are wanted besides the means over all. */
  readonly groupings?: readonly Grouping[];
  readonly context?: RunContext;
}

/**
 * Measures a ranker on every case of a protocol. The ranker sees the query and the candidates, never the truth;
 * predicted values, probabilities and distributions are asked for the true items, each only when a metric reads it.
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
  { metrics, groupings = [], seed, step }: GroupOptions,
): Promise<GroupResult> {
  const sheet = createSheet(group, metrics, groupings);
  const questions = questionsOf(metrics, seed);
  for (const [row, one] of group.cases.entries()) {
    step();
    const { candidates } = one;
    const truth = truthOf(one.truth, candidates, scale);
    const asked = sheet.splitsItems ? deeper(questions, truth) : questions;
    sheet.write(row, await answer(ranker, one, candidates, asked), truth);
    sheet.offered(candidates);
  }
  return sheet.result();
}

/** Places enough for the deepest metric after the used items of other groups are taken out. */
function deeper(questions: Questions, { graded }: Truth): Questions {
  return questions.depth === 0 ? questions : { ...questions, depth: questions.depth + graded.size };
}

function cancelled(name: string, done: number, total: number): ForetasteError {
  const parts = { where: `evaluation of ${name}`, expected: `${total} tasks`, got: `a stop after ${done}` };
  return new ForetasteError("CANCELLED", parts);
}
