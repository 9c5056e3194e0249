import { type Comparison, lowerIsBetter, type QualityRow } from "../report.ts";
import {
  byKind,
  type Cell,
  cellsOf,
  cellTitle,
  direction,
  type Figure,
  isIn,
  look,
  type Shown,
  short,
  slug,
} from "./figure.ts";

export interface LeaderboardData {
  readonly rows: readonly QualityRow[];
  readonly comparisons: readonly Comparison[];
  readonly systems: readonly Shown[];
}

/** Most columns that a page holds beside each other. */
const MOST = 5;

/**
 * Systems from best to worst by one metric: means with their 95 % intervals, the best baseline as a line, a star where a
 * system is better than it beyond chance. A column a state, or a number of shots.
 *
 * @returns nothing when no system has the metric
 */
export function leaderboardFigure(data: LeaderboardData, metric: string): Figure | undefined {
  const rows = data.rows.filter((row) => row.metric === metric && Number.isFinite(row.mean));
  const cells = chosenCells(rows);
  const order = ordered(rows, cells, metric);
  if (order.length === 0) return undefined;
  const panels = cells.map((cell, at) => panel({ ...data, rows }, cell, { cells, order, first: at === 0 }));
  return {
    name: `leaderboard-${slug(metric)}`,
    caption: `${metric}, ${direction(metric)}: mean and 95 % interval; dashed: the best baseline; ★ better than it, p < .05`,
    spec: { ...look, hconcat: panels, spacing: 26 },
  };
}

/** Every state at its largest support; where there is one state, every number of shots. */
function chosenCells(rows: readonly QualityRow[]): Cell[] {
  const cells = cellsOf(rows);
  const states = [...new Set(cells.map(({ state }) => state))];
  const chosen =
    states.length > 1
      ? states.flatMap((state) => cells.filter((one) => one.state === state).slice(-1))
      : cells;
  return chosen.slice(-MOST);
}

/** Labels from best to worst by their mean over the columns. */
function ordered(rows: readonly QualityRow[], cells: readonly Cell[], metric: string): string[] {
  const labels = [...new Set(rows.map(({ system }) => system))];
  const sign = lowerIsBetter(metric) ? 1 : -1;
  const score = new Map(
    labels.map((label) => {
      const own = cells.flatMap((cell) => rows.filter((row) => row.system === label && isIn(cell)(row)));
      return [label, own.length < cells.length ? Number.POSITIVE_INFINITY : sign * meanOf(own)];
    }),
  );
  return labels.sort((a, b) => (score.get(a) ?? 0) - (score.get(b) ?? 0));
}

function meanOf(rows: readonly QualityRow[]): number {
  return rows.reduce((sum, { mean }) => sum + mean, 0) / rows.length;
}

interface PanelOptions {
  readonly cells: readonly Cell[];
  readonly order: readonly string[];
  readonly first: boolean;
}

function panel(
  { rows, comparisons, systems }: LeaderboardData,
  cell: Cell,
  { cells, order, first }: PanelOptions,
): object {
  const own = rows.filter(isIn(cell));
  const metric = own[0]?.metric ?? "";
  const starred = new Set(
    comparisons
      .filter((one) => one.metric === metric && one.star && isIn(cell)(one))
      .map(({ system }) => system),
  );
  const baselines = new Set(systems.filter(({ isBaseline }) => isBaseline).map(({ label }) => label));
  const values = own.map(({ system, mean, low, high }) => ({
    system,
    mean,
    low,
    high,
    kind: baselines.has(system) ? "baseline" : "learner",
    text: `${short(mean)}${starred.has(system) ? " ★" : ""}`,
  }));
  const best = bestBaseline(values, metric);
  const width = cells.length > 3 ? 130 : 190;
  const y = {
    field: "system",
    type: "nominal",
    sort: order,
    title: null,
    axis: { labels: first, labelFontSize: 12, grid: true },
    scale: { domain: order },
  };
  const x = {
    type: "quantitative",
    scale: { zero: false, nice: true },
    axis: { tickCount: 4, format: ".3~f" },
  };
  return {
    title: cellTitle(cell, cells) || "",
    width,
    height: { step: 21 },
    data: { values },
    layer: [
      ...(best === undefined
        ? []
        : [{ mark: { type: "rule", strokeDash: [4, 3], color: "#999" }, encoding: { x: { datum: best } } }]),
      {
        mark: { type: "rule", strokeWidth: 2.5, opacity: 0.55 },
        encoding: { x: { field: "low", title: null, ...x }, x2: { field: "high" }, y, color: byKind },
      },
      {
        mark: { type: "point", filled: true, size: 62, opacity: 1 },
        encoding: { x: { field: "mean", ...x, title: metric }, y, color: byKind },
      },
      {
        mark: { type: "text", align: "left" },
        encoding: { x: { value: width + 8 }, y, text: { field: "text" } },
      },
    ],
  };
}

function bestBaseline(
  values: readonly { readonly kind: string; readonly mean: number }[],
  metric: string,
): number | undefined {
  const means = values.filter(({ kind }) => kind === "baseline").map(({ mean }) => mean);
  if (means.length === 0) return undefined;
  return lowerIsBetter(metric) ? Math.min(...means) : Math.max(...means);
}
