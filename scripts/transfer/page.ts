import type { Figure } from "../../src/evaluate/figures/figure.ts";
import type { DomainDistance } from "../../src/train/transfer/distance.ts";
import {
  distanceTable,
  guardTable,
  learningCurves,
  meansTable,
  oracleSection,
  verdictLines,
} from "../../src/train/transfer/report.ts";
import type { GainRow, GuardRow, SummaryRow, TransferSummary } from "../../src/train/transfer/summary.ts";
import type { Results } from "../results/page.ts";

/** A version of the code that computed cells. */
interface Made {
  readonly kind: "made";
  readonly commit: string;
  readonly code: string;
}

interface About {
  readonly scenario: string;
  readonly source: string;
  readonly target: string;
}
type Row = About &
  (
    | ({ readonly kind: "distance" } & DomainDistance)
    | ({ readonly kind: "mean"; readonly of: SummaryRow["kind"] } & Omit<SummaryRow, "kind">)
    | ({ readonly kind: "gain" } & GainRow)
    | ({ readonly kind: "verdict" } & GainRow)
    | ({ readonly kind: "guard" } & GuardRow)
  );

/** `bench/results/transfer.json`. */
export interface TransferResults extends Omit<Results, "rows"> {
  readonly rows: readonly (Row | Made)[];
}

/** The measured part of `docs/transfer.md`. */
export function measuredSection(results: TransferResults): string {
  const { what, command, date, machine } = results;
  const { cpu, cores, memoryGb, node } = machine;
  const made = results.rows.flatMap((row) => (row.kind === "made" ? [row.commit] : []));
  const head = `${what}. \`${command}\`, computed by commits ${made.join(", ")}, written ${date.slice(0, 10)}, ${cpu}, ${cores} cores, ${memoryGb} GiB, Node ${node}. What is not in a table was not measured.`;
  const rows = measured(results);
  return [
    head,
    ...scenariosOf(rows).map((name) => scenarioText(rows.filter((row) => row.scenario === name))),
  ].join("\n\n");
}

/** Learning curves, a figure a scenario. */
export function scenarioFigures(results: TransferResults): Figure[] {
  const rows = measured(results);
  return scenariosOf(rows).map((name) => {
    const own = rows.filter((row) => row.scenario === name);
    return learningCurves(summaryOf(own), { name: `transfer-${name}`, title: titleOf(own) });
  });
}

function measured({ rows }: TransferResults): Row[] {
  return rows.flatMap((row) => (row.kind === "made" ? [] : [row]));
}

function scenariosOf(rows: readonly Row[]): string[] {
  return [...new Set(rows.map(({ scenario }) => scenario))];
}

function titleOf(rows: readonly Row[]): string {
  const { source, target } = rows[0]!;
  return `${source} to ${target}`;
}

function summaryOf(rows: readonly Row[]): TransferSummary {
  return {
    rows: rows.flatMap((row) => (row.kind === "mean" ? [{ ...row, kind: row.of }] : [])),
    gains: rows.flatMap((row) => (row.kind === "gain" ? [row] : [])),
    verdicts: rows.flatMap((row) => (row.kind === "verdict" ? [row] : [])),
    guard: rows.flatMap((row) => (row.kind === "guard" ? [row] : [])),
  };
}

function scenarioText(rows: readonly Row[]): string {
  const summary = summaryOf(rows);
  const distance = rows.find((row) => row.kind === "distance");
  const first = Math.min(...summary.rows.map(({ share }) => share));
  return [
    `### ${titleOf(rows)}`,
    ...(distance === undefined ? [] : [distanceTable(distance)]),
    verdictLines(summary).join("\n"),
    meansTable(summary),
    ...oracleSection(summary),
    `By the number of events known, at the smallest share:\n\n${shotTable(summary, first)}`,
    `![${titleOf(rows)}](figures/transfer-${rows[0]!.scenario}.svg)`,
    guardTable(summary),
  ].join("\n\n");
}

function shotTable({ rows }: TransferSummary, share: number): string {
  const own = rows.filter((row) => row.share === share && row.shots !== "mixed" && row.kind !== "oracle");
  const shots = [...new Set(own.map((row) => row.shots))];
  const systems = [...new Set(own.map(({ system }) => system))];
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const value = (system: string, known: SummaryRow["shots"]): string =>
    own
      .find((row) => row.system === system && row.shots === known)
      ?.mean.toFixed(3)
      .replace(/^0/, "") ?? "–";
  return [
    line(["ndcg_binary@10", ...shots.map((known) => `${known} events`)]),
    `|${"---|".repeat(shots.length + 1)}`,
    ...systems.map((system) => line([system, ...shots.map((known) => value(system, known))])),
  ].join("\n");
}
