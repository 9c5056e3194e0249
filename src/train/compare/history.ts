import { bootstrapMean } from "../../evaluate/bootstrap.ts";
import { type CurvePoint, curveFigure, mostTelling } from "../../evaluate/figures/curves.ts";
import { direction, type Figure, type Shown, slug } from "../../evaluate/figures/figure.ts";
import type { Finished } from "./outcomes.ts";

/** Tasks that a bin needs to be drawn. */
const ENOUGH = 20;

/** Beginnings of the bins of support sizes. */
const bins = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256] as const;

/**
 * Quality against the number of events a task really has, where the protocol gives a system all of them. Every case of
 * every draw counts.
 */
export function historyCurves(
  done: readonly Finished[],
  systems: readonly Shown[],
  metric: string,
): Figure[] {
  const cases = done.flatMap((one) => casesOf(one, metric));
  const states = [...new Set(cases.map(({ state }) => state))];
  return states.flatMap((state) => {
    const points = pointsOf(cases.filter((one) => one.state === state));
    const places = bins.map(binName).filter((name) => points.some(({ at }) => at === name));
    if (places.length < 2) return [];
    const title = state.replaceAll("-", " ");
    return [
      curveFigure({
        name: `history-${slug(metric)}-${state}`,
        caption: `${metric} of ${title} tasks by the length of their history; ${direction(metric)}; bins of ${ENOUGH} tasks or more`,
        title,
        places,
        xTitle: "events known of the person",
        yTitle: metric,
        points,
        named: mostTelling(points, systems, metric),
      }),
    ];
  });
}

interface CaseValue {
  readonly system: string;
  readonly state: string;
  readonly at: string;
  readonly value: number;
}

function casesOf({ entrant, cells }: Finished, metric: string): CaseValue[] {
  return cells.flatMap(({ answers }) => {
    if (answers.kind !== "rankings") return [];
    return answers.evaluation.groups.flatMap(({ state, shots, metrics }, group) => {
      const values = metrics[metric];
      const support = answers.support[group];
      if (shots !== "all" || values === undefined || support === undefined) return [];
      return Array.from(values, (value, row): CaseValue => {
        const at = binName(bins.findLast((start) => start <= (support[row] ?? 0)) ?? 0);
        return { system: entrant.label, state, at, value };
      });
    });
  });
}

function pointsOf(cases: readonly CaseValue[]): CurvePoint[] {
  const byPlace = new Map<string, CaseValue[]>();
  for (const one of cases) {
    const key = `${one.at}/${one.system}`;
    const group = byPlace.get(key) ?? [];
    group.push(one);
    byPlace.set(key, group);
  }
  return [...byPlace.values()].flatMap((group): CurvePoint[] => {
    const { mean, low, high, tasks } = bootstrapMean(
      Float64Array.from(group, ({ value }) => value),
      { seed: 1 },
    );
    const { system, at } = group[0] as CaseValue;
    return tasks < ENOUGH ? [] : [{ system, at, mean, low, high }];
  });
}

/** `8-15`; a bin of one number is that number. */
function binName(start: number): string {
  const next = bins.find((other) => other > start);
  if (next === undefined) return `${start}+`;
  return next - start === 1 ? String(start) : `${start}–${next - 1}`;
}
