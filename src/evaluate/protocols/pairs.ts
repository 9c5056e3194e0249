import { ForetasteError } from "../../base/errors.ts";
import { type RunContext, silentProgress } from "../../base/progress.ts";
import type { PairScorer } from "../../data/query.ts";
import type { PairCase, PairGroup, PairProtocol } from "./pair-protocol.ts";

/** What one scorer said of every pair of a group, case after case. */
export interface JudgedPairs {
  readonly state: PairGroup["state"];
  readonly shots: number;
  readonly draw: number;
  /** Of the items, or domains. `[cases]` */
  readonly ids: readonly string[];
  /** Pairs of case `i` are `offsets[i] .. offsets[i + 1]`. `[cases + 1]` */
  readonly offsets: Int32Array;
  /** `[pairs]` */
  readonly probability: Float32Array;
  /** 1 where the user liked the item. `[pairs]` */
  readonly liked: Uint8Array;
}

/** One scorer on one protocol of pairs. */
export interface PairEvaluation {
  readonly system: string;
  readonly protocol: string;
  readonly groups: readonly JudgedPairs[];
}

/**
 * Asks a scorer about every case of a protocol of pairs. It sees the query and the pairs, never what came of them.
 *
 * @throws SHAPE or NUMERIC when an answer does not fit or is no probability, CANCELLED
 * @example const evaluation = await evaluatePairs(scorer, metaEmb(dataset, { seed: 1 }));
 */
export async function evaluatePairs(
  scorer: PairScorer,
  protocol: PairProtocol,
  context: RunContext = { progress: silentProgress },
): Promise<PairEvaluation> {
  const total = protocol.groups.reduce((sum, { cases }) => sum + cases.length, 0);
  const bar = context.progress.start(`evaluate ${scorer.name}`, total);
  let done = 0;
  const step = (): void => {
    if (context.signal?.aborted) throw cancelled(scorer.name, done, total);
    if (++done % 50 === 0) bar.update(done);
  };
  const groups: JudgedPairs[] = [];
  for (const group of protocol.groups)
    groups.push(await judgeGroup(scorer, group, { liked: protocol.scale.liked, step }));
  bar.finish();
  return { system: scorer.name, protocol: protocol.name, groups };
}

interface GroupOptions {
  readonly liked: number;
  readonly step: () => void;
}

async function judgeGroup(
  scorer: PairScorer,
  { state, shots, draw, cases }: PairGroup,
  { liked, step }: GroupOptions,
): Promise<JudgedPairs> {
  const offsets = new Int32Array(cases.length + 1);
  cases.forEach(({ values }, i) => {
    offsets[i + 1] = offsets[i]! + values.length;
  });
  const probability = new Float32Array(offsets[cases.length]!);
  const positive = new Uint8Array(probability.length);
  for (const [i, one] of cases.entries()) {
    step();
    const answer = await scorer.probability(one.query, one.pairs);
    assertAnswer(answer, one, scorer.name);
    probability.set(answer, offsets[i]);
    positive.set(
      Uint8Array.from(one.values, (value) => Number(value >= liked)),
      offsets[i],
    );
  }
  return { state, shots, draw, ids: cases.map(({ id }) => id), offsets, probability, liked: positive };
}

function assertAnswer(answer: Float32Array, { id, values }: PairCase, name: string): void {
  const where = `probabilities by ${name} for ${id}`;
  const expected = `${values.length} probabilities, one a pair`;
  if (answer.length !== values.length)
    throw new ForetasteError("SHAPE", { where, expected, got: `${answer.length}` });
  const bad = answer.find((p) => !(p >= 0 && p <= 1));
  if (bad !== undefined) throw new ForetasteError("NUMERIC", { where, expected, got: `${bad}` });
}

function cancelled(name: string, done: number, total: number): ForetasteError {
  const parts = { where: `evaluation of ${name}`, expected: `${total} cases`, got: `a stop after ${done}` };
  return new ForetasteError("CANCELLED", parts);
}
