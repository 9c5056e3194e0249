import { bootstrapMean, type Interval, type PairedInterval } from "../../evaluate/bootstrap.ts";
import type { Evaluation } from "../../evaluate/evaluation.ts";
import { type TransferCell, transferMetric } from "./experiment.ts";
import { chosenBy, fewestHeldOut, guardVerdicts, pairedGain, perPerson } from "./guard.ts";
import { isOracle } from "./oracles.ts";
import { alone, strategyNamed } from "./strategies.ts";

/** Name of what the guard lets through: in each draw the strategy it chose, or the target alone. */
export const guarded = "guarded";

/** One system at one share of the target, draws together. */
export interface SummaryRow extends Interval {
  readonly system: string;
  readonly share: number;
  /** Number of events known of the cold people; "mixed" for a person's mean over all. */
  readonly shots: number | "all" | "mixed";
  readonly metric: string;
  readonly kind: "strategy" | "target alone" | "guarded" | "oracle";
}

/** A gain over what knows the target alone. */
export interface GainRow extends PairedInterval {
  readonly system: string;
  readonly over: string;
  readonly share: number;
  readonly shots: SummaryRow["shots"];
  readonly metric: string;
  /** The gain as a part of the other's mean. */
  readonly relative: number;
}

/** What the guard decided. */
export interface GuardRow {
  readonly share: number;
  readonly draw: number;
  /** "target-alone" where every strategy was refused. */
  readonly used: string;
  readonly refused: readonly string[];
  /** How many people were held out, where these were too few to tell. */
  readonly tooFew?: number;
}

export interface TransferSummary {
  readonly rows: readonly SummaryRow[];
  /** Of each strategy, and each oracle, over the same head without a source. */
  readonly gains: readonly GainRow[];
  /** Of the guarded choice over the head alone, and over the best of all that know the target alone. */
  readonly verdicts: readonly GainRow[];
  readonly guard: readonly GuardRow[];
}

/** Means, gains and the guard's choices of computed cells. */
export function summarise(cells: readonly TransferCell[], seed: number): TransferSummary {
  const shares = [...new Set(cells.map(({ share }) => share))];
  const parts = shares.map((share) =>
    ofShare(
      cells.filter((cell) => cell.share === share),
      seed,
    ),
  );
  return {
    rows: parts.flatMap(({ rows }) => rows),
    gains: parts.flatMap(({ gains }) => gains),
    verdicts: parts.flatMap(({ verdicts }) => verdicts),
    guard: parts.flatMap(({ guard }) => guard),
  };
}

function ofShare(cells: readonly TransferCell[], seed: number): TransferSummary {
  const share = cells[0]!.share;
  const draws = [...new Set(cells.map(({ draw }) => draw))];
  const guard = draws.map((draw) =>
    decide(
      cells.filter((cell) => cell.draw === draw),
      seed,
    ),
  );
  const tests = new Map<string, Evaluation[]>();
  for (const { system, test } of cells) tests.set(system, [...(tests.get(system) ?? []), test]);
  const used = guard.map(
    ({ draw, used: system }) => cells.find((cell) => cell.draw === draw && cell.system === system)!,
  );
  tests.set(
    guarded,
    used.map(({ test }) => test),
  );
  const shots = shotsOf(cells[0]!.test);
  const rows = [...tests].flatMap(([system, evaluations]) =>
    shots.map((known) => rowOf(system, evaluations, { share, shots: known, seed })),
  );
  const gainOf = (system: string, over: string, known: SummaryRow["shots"]): GainRow =>
    gainRow([system, tests.get(system)!], [over, tests.get(over)!], { share, shots: known, seed });
  const names = [...tests.keys()].filter((name) => ["strategy", "oracle"].includes(kindOf(name)));
  return {
    rows,
    guard,
    gains: names.flatMap((name) => shots.map((known) => gainOf(name, alone.name, known))),
    verdicts: shots.flatMap((known) => {
      const rivals = rows.filter((row) => row.kind === "target alone" && row.shots === known);
      const best = rivals.reduce((a, b) => (b.mean > a.mean ? b : a)).system;
      return [...new Set([alone.name, best])].map((over) => gainOf(guarded, over, known));
    }),
  };
}

function decide(cells: readonly TransferCell[], seed: number): GuardRow {
  const { share, draw } = cells[0]!;
  const own = cells.find(({ system }) => system === alone.name)!;
  const others = cells.filter(({ system }) => kindOf(system) === "strategy");
  const options = { metric: transferMetric, seed };
  const verdicts = guardVerdicts(
    own.held,
    others.map(({ held }) => held),
    options,
  );
  const refused = verdicts.filter((one) => !one.allowed).map(({ strategy }) => strategy);
  const people = perPerson([own.held], options).size;
  const tooFew = people < fewestHeldOut ? { tooFew: people } : {};
  return { share, draw, used: chosenBy(verdicts) ?? alone.name, refused, ...tooFew };
}

function kindOf(system: string): SummaryRow["kind"] {
  if (system === guarded) return "guarded";
  if (isOracle(system)) return "oracle";
  return system === alone.name || strategyNamed(system) === undefined ? "target alone" : "strategy";
}

function shotsOf({ groups }: Evaluation): SummaryRow["shots"][] {
  return ["mixed", ...new Set(groups.map(({ shots }) => shots))];
}

interface At {
  readonly share: number;
  readonly shots: SummaryRow["shots"];
  readonly seed: number;
}

const only = (shots: SummaryRow["shots"]) => (shots === "mixed" ? {} : { shots });

function rowOf(system: string, evaluations: readonly Evaluation[], { share, shots, seed }: At): SummaryRow {
  const values = perPerson(evaluations, { metric: transferMetric, ...only(shots) });
  const interval = bootstrapMean(Float64Array.from(values.values()), { seed });
  return { system, share, shots, metric: transferMetric, kind: kindOf(system), ...interval };
}

function gainRow(
  [system, a]: readonly [string, readonly Evaluation[]],
  [over, b]: readonly [string, readonly Evaluation[]],
  { share, shots, seed }: At,
): GainRow {
  const gain = pairedGain(a, b, { metric: transferMetric, seed, ...only(shots) });
  const base = rowOf(over, b, { share, shots, seed }).mean;
  return { system, over, share, shots, metric: transferMetric, ...gain, relative: gain.mean / base };
}
