import { type QualityRow } from "../report.ts";
import { mostTelling } from "./curves.ts";
import { coloursOf, direction, type Figure, look, type Shown, short, slug } from "./figure.ts";

/** Panels beside each other. */
const COLUMNS = 4;

/** Groups of fewer tasks are not drawn: their mean is mostly chance. */
const FEWEST = 20;

/** A figure of one group of people or items. */
export interface GroupRow extends Pick<QualityRow, "system" | "mean" | "low" | "high" | "tasks"> {
  readonly group: string;
}

/**
 * The best systems on every group, best systems first; groups beside each other.
 *
 * @returns nothing when there are fewer than two groups
 */
export function groupBars(
  rows: readonly GroupRow[],
  systems: readonly Shown[],
  { metric, of }: { readonly metric: string; readonly of: string },
): Figure | undefined {
  const known = rows.filter(({ mean, tasks }) => Number.isFinite(mean) && tasks >= FEWEST);
  const groups = [...new Set(known.map(({ group }) => group))];
  if (groups.length < 2) return undefined;
  const points = known.map(({ group, ...rest }) => ({ ...rest, at: group }));
  const named = mostTelling(points, systems, metric);
  const colours = coloursOf(named);
  const values = known
    .filter(({ system }) => colours.has(system))
    .map((row) => ({ ...row, text: short(row.mean) }));
  const most = Math.max(
    ...values.map(({ mean, high }) => Math.max(mean, Number.isFinite(high) ? high : mean)),
  );
  const panels = groups.map((group, at) =>
    panel(
      values.filter((row) => row.group === group),
      { metric, named, most, few: groups.length <= 3, first: at % COLUMNS === 0 },
    ),
  );
  return {
    name: `groups-${slug(of)}-${slug(metric)}`,
    caption: `${metric} by ${of}; ${direction(metric)}; lines are 95 % intervals`,
    spec: { ...look, title: of, spacing: 36, columns: COLUMNS, concat: panels },
  };
}

interface PanelOptions {
  readonly metric: string;
  /** Systems in order. */
  readonly named: readonly string[];
  /** End of the axis that all panels share. */
  readonly most: number;
  readonly few: boolean;
  readonly first: boolean;
}

function panel(values: readonly GroupRow[], { metric, named, most, few, first }: PanelOptions): object {
  const people = Math.max(...values.map(({ tasks }) => tasks)).toLocaleString("en");
  const x = {
    type: "quantitative",
    scale: { domain: [0, most], nice: false },
    stack: null,
    title: metric,
    axis: { tickCount: 4 },
  };
  const axis = { labels: first, labelFontSize: 12 };
  const y = { field: "system", type: "nominal", sort: named, title: null, axis };
  const scale = { domain: named, range: [...coloursOf(named).values()] };
  const color = { field: "system", type: "nominal", scale, legend: null };
  const faint = { subtitleFontSize: 11, subtitleColor: "#777" };
  return {
    title: { text: values[0]?.group ?? "", subtitle: `${people} tasks`, ...faint },
    width: few ? 170 : 120,
    height: { step: 20 },
    data: { values },
    layer: [
      {
        mark: { type: "bar", height: 13, opacity: 0.85 },
        encoding: { x: { field: "mean", ...x }, y, color },
      },
      {
        mark: { type: "rule", strokeWidth: 1.2, color: "#333" },
        encoding: { x: { field: "low", ...x }, x2: { field: "high" }, y },
      },
      {
        mark: { type: "text", align: "left", dx: 5 },
        encoding: { x: { field: "high", ...x }, y, text: { field: "text" } },
      },
    ],
  };
}
