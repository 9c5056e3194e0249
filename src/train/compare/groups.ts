import type { Evaluation, GroupResult } from "../../evaluate/evaluation.ts";
import { groupBars } from "../../evaluate/figures/bars.ts";
import type { Figure, Shown } from "../../evaluate/figures/figure.ts";
import { type GapRow, type GroupRow, gapRows, groupRows } from "../../evaluate/group-report.ts";
import type { Arena } from "./arena.ts";
import { evaluationOf, type Finished } from "./outcomes.ts";

/** Figures of groups of people and items, and how far apart the groups are. */
export interface Groups {
  readonly rows: readonly GroupRow[];
  readonly gaps: readonly GapRow[];
}

/** Groups by what systems are ordered by, at the largest support of each state. */
export function groupsOf(done: readonly Finished[], { kind, metrics }: Arena, seed: number): Groups {
  if (kind === "pairs") return { rows: [], gaps: [] };
  const evaluations = done.map((one) => thin(evaluationOf(one), metrics[0] ?? ""));
  return { rows: groupRows(evaluations, { seed }), gaps: gapRows(evaluations, { seed }) };
}

function thin(evaluation: Evaluation, metric: string): Evaluation {
  const last = new Map(evaluation.groups.map(({ state, shots }) => [state, shots]));
  const own = evaluation.groups.filter(({ state, shots }) => last.get(state) === shots);
  const groups = own.map(({ pooled: _, metrics, items, ...group }): GroupResult => {
    const kept = (columns: GroupResult["metrics"]): GroupResult["metrics"] =>
      Object.fromEntries(Object.entries(columns).filter(([name]) => name === metric));
    const slices = mapValues(items ?? {}, (byGroup) => mapValues(byGroup, kept));
    return { ...group, metrics: kept(metrics), ...(items === undefined ? {} : { items: slices }) };
  });
  return { ...evaluation, groups };
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, to: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, to(value)]));
}

/** A figure for every grouping, metric and state. */
export function groupFigures({ rows }: Groups, systems: readonly Shown[]): Figure[] {
  const keys = new Map(rows.map((row) => [`${row.grouping}/${row.metric}/${row.state}`, row]));
  return [...keys.values()].flatMap(({ grouping, metric, state }) => {
    const own = rows.filter(
      (row) => row.grouping === grouping && row.metric === metric && row.state === state,
    );
    const ordered = own.toSorted((a, b) => a.group.localeCompare(b.group, "en", { numeric: true }));
    const figure = groupBars(ordered, systems, { metric, of: `${grouping}, ${state.replaceAll("-", " ")}` });
    return figure === undefined ? [] : [figure];
  });
}
