import type { ForetasteError } from "../../base/errors.ts";
import type { Evaluation } from "../../evaluate/evaluate.ts";
import { comparePairs, pairMetrics, pairRows } from "../../evaluate/protocols/pair-report.ts";
import type { PairEvaluation } from "../../evaluate/protocols/pairs.ts";
import { compareToBest, qualityRows } from "../../evaluate/report.ts";
import type { Quality } from "../compare.ts";
import type { Arena } from "./arena.ts";
import type { Answers } from "./cell.ts";
import type { StoredCell } from "./cell-store.ts";
import type { Entrant } from "./entrants.ts";

/** What came of one entrant: a cell for each part of the protocol, or why there is none. */
export type Outcome = { readonly entrant: Entrant } & (
  | { readonly cells: readonly StoredCell[] }
  | { readonly error: ForetasteError }
);

/** An entrant that came through. */
export type Finished = Extract<Outcome, { cells: unknown }>;

export function finished(outcomes: readonly Outcome[]): Finished[] {
  return outcomes.filter((one) => "cells" in one);
}

/** Rows and comparisons of the entrants that came through, systems by their labels. */
export function qualityOfOutcomes(outcomes: readonly Outcome[], arena: Arena, seed: number): Quality {
  const done = finished(outcomes);
  if (arena.kind === "rankings") return qualityOfRankings(done, arena, seed);
  const judged = done.map((one) => ({ evaluation: pairsOf(one), isBaseline: one.entrant.system.isBaseline }));
  const of = (isBaseline: boolean): PairEvaluation[] =>
    judged.filter((one) => one.isBaseline === isBaseline).map(({ evaluation }) => evaluation);
  return {
    protocol: arena.name,
    rows: pairRows(
      judged.map(({ evaluation }) => evaluation),
      { seed },
    ),
    comparisons: pairMetrics.flatMap((metric) => comparePairs(of(false), of(true), metric, { seed })),
  };
}

function qualityOfRankings(done: readonly Finished[], { name, metrics, more }: Arena, seed: number): Quality {
  const of = (isBaseline: boolean): Evaluation[] =>
    done.filter(({ entrant }) => entrant.system.isBaseline === isBaseline).map(evaluationOf);
  const [learners, baselines] = [of(false), of(true)];
  return {
    protocol: name,
    rows: qualityRows(done.map(evaluationOf), { seed }),
    comparisons: [...metrics, ...more].flatMap((metric) =>
      compareToBest(learners, baselines, metric, { seed }),
    ),
  };
}

/** The parts of a protocol as one evaluation, under the entrant's label. */
export function evaluationOf({ entrant, cells }: Finished): Evaluation {
  const parts = cells.map(({ answers }) => rankingsOf(answers));
  const groups = parts.flatMap((part) => part.groups);
  const [first] = parts as [Evaluation];
  return { ...first, system: entrant.label, groups };
}

/** The same of a protocol of pairs. */
export function pairsOf({ entrant, cells }: Finished): PairEvaluation {
  const parts = cells.flatMap(({ answers }) => (answers.kind === "pairs" ? [answers.evaluation] : []));
  const groups = parts.flatMap((part) => part.groups);
  return { ...(parts[0] as PairEvaluation), system: entrant.label, groups };
}

function rankingsOf(answers: Answers): Evaluation {
  if (answers.kind === "rankings") return answers.evaluation;
  throw new TypeError("a protocol of rankings was answered with pairs");
}
