import type { ForetasteError } from "../../base/errors.ts";
import { silentProgress } from "../../base/progress.ts";
import type { Evaluation } from "../../evaluate/evaluate.ts";
import { metricNamed } from "../../evaluate/metrics/named.ts";
import { comparePairs, pairMetrics, pairRows } from "../../evaluate/protocols/pair-report.ts";
import type { PairEvaluation } from "../../evaluate/protocols/pairs.ts";
import { type Judged, type Quality, qualityOf } from "../compare.ts";
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
  if (arena.kind === "rankings") {
    const metrics = arena.metrics.map(metricNamed);
    return qualityOf(done.map(judgedOf), { metrics, seed, context: { progress: silentProgress } });
  }
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

function judgedOf({ entrant, cells }: Finished): Judged {
  const parts = cells.map(({ answers }) => rankingsOf(answers));
  const groups = parts.flatMap((part) => part.groups);
  const [first] = parts as [Evaluation];
  const { label, system } = entrant;
  return { title: label, isBaseline: system.isBaseline, evaluation: { ...first, system: label, groups } };
}

function pairsOf({ entrant, cells }: Finished): PairEvaluation {
  const parts = cells.flatMap(({ answers }) => (answers.kind === "pairs" ? [answers.evaluation] : []));
  const groups = parts.flatMap((part) => part.groups);
  return { ...(parts[0] as PairEvaluation), system: entrant.label, groups };
}

function rankingsOf(answers: Answers): Evaluation {
  if (answers.kind === "rankings") return answers.evaluation;
  throw new TypeError("a protocol of rankings was answered with pairs");
}
