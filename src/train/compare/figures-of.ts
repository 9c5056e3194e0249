import { groupBars } from "../../evaluate/figures/bars.ts";
import { costFigure } from "../../evaluate/figures/costs.ts";
import { shotCurves } from "../../evaluate/figures/curves.ts";
import type { Figure, Shown } from "../../evaluate/figures/figure.ts";
import { leaderboardFigure } from "../../evaluate/figures/leaderboard.ts";
import type { QualityRow } from "../../evaluate/report.ts";
import { costsOf } from "./costs.ts";
import { groupFigures } from "./groups.ts";
import { historyCurves } from "./history.ts";
import { finished } from "./outcomes.ts";
import { reliabilityFigures } from "./reliability.ts";
import type { ComparisonResult } from "./run-comparison.ts";

/** Metrics that say nearly the same as another: their columns stand in the tables, figures are drawn of the other. */
const minor: ReadonlySet<string> = new Set(["mae_rounded", "rmse"]);

/** Everything worth drawing of a comparison. */
export function figuresOf(result: ComparisonResult): Figure[] {
  const { quality, arena, outcomes } = result;
  const done = finished(outcomes);
  if (done.length === 0) return [];
  const systems: Shown[] = done.map(({ entrant: { label, system } }) => ({
    label,
    isBaseline: system.isBaseline,
  }));
  const metrics = arena.metrics.filter((metric) => !minor.has(metric));
  return [
    ...metrics.flatMap((metric) => leaderboardFigure({ ...quality, systems }, metric) ?? []),
    ...metrics.flatMap((metric) => shotCurves(quality.rows, systems, metric)),
    ...metrics.flatMap((metric) => stateBars(quality.rows, systems, metric)),
    ...metrics.flatMap((metric) => historyCurves(done, systems, metric)),
    ...groupFigures(result.groups, systems),
    ...reliabilityFigures(done, systems),
    costFigure(costsOf(done)),
  ];
}

/** States beside each other at their largest support. */
function stateBars(rows: readonly QualityRow[], systems: readonly Shown[], metric: string): Figure[] {
  const own = rows.filter((row) => row.metric === metric);
  const last = new Map(own.map(({ state, shots }) => [state, shots]));
  const shown = own.filter(({ state, shots }) => last.get(state) === shots);
  const groups = shown.map((row) => ({ ...row, group: row.state.replaceAll("-", " ") }));
  const figure = groupBars(groups, systems, { metric, of: "state" });
  return figure === undefined ? [] : [figure];
}
