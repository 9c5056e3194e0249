import { lowerIsBetter, onlyDescribes, type QualityRow } from "../report.ts";

/** A drawing for a report. */
export interface Figure {
  /** File name without its ending. */
  readonly name: string;
  /** What it shows, one sentence. */
  readonly caption: string;
  /** A Vega-Lite specification. */
  readonly spec: object;
}

/** Who is shown, and how. */
export interface Shown {
  readonly label: string;
  readonly isBaseline: boolean;
}

export const ink = {
  text: "#222",
  faint: "#8a8f98",
  grid: "#e9ebee",
  learner: "#1f6fb4",
  baseline: "#8a8f98",
} as const;

/** Colours that stay apart for most eyes, after Okabe and Ito (2008), darkened to be read as text. */
const hues: readonly string[] = [
  "#1f6fb4",
  "#c8501a",
  "#00815c",
  "#9b3d82",
  "#b07d00",
  "#2a9dbf",
  "#6b4fbb",
  "#5d6470",
];

/** Learners and baselines apart, in every panel alike. */
export const byKind: object = {
  field: "kind",
  type: "nominal",
  scale: { domain: ["learner", "baseline"], range: [ink.learner, ink.baseline] },
};

/** A colour each, in order. */
export function coloursOf(labels: readonly string[]): ReadonlyMap<string, string> {
  return new Map(labels.map((label, at) => [label, hues[at % hues.length] ?? ink.text]));
}

/** Look of every figure. */
export const look: object = {
  $schema: "https://vega.github.io/schema/vega-lite/v5.json",
  background: "white",
  padding: 12,
  config: {
    font: "system-ui, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif",
    title: { anchor: "start", fontSize: 13, fontWeight: 600, color: ink.text, offset: 10 },
    axis: {
      labelLimit: 0,
      labelFontSize: 11.5,
      labelColor: ink.text,
      titleFontWeight: "normal",
      titleFontSize: 11.5,
      titleColor: "#555",
      gridColor: ink.grid,
      domain: false,
      ticks: false,
      labelPadding: 6,
    },
    legend: { title: null, orient: "bottom", symbolOpacity: 1, labelFontSize: 11.5, labelColor: ink.text },
    view: { stroke: null },
    text: { fontSize: 11.5, color: ink.text },
  },
};

/** Which way a metric points, in words. */
export function direction(metric: string): string {
  if (onlyDescribes(metric)) return "neither more nor less is better";
  return lowerIsBetter(metric) ? "lower is better" : "higher is better";
}

/** `0.6700` as `.670`, as in the tables. */
export function short(value: number): string {
  return value.toFixed(3).replace(/^(-?)0\./, "$1.");
}

/** A metric's name as part of a file name. */
export function slug(metric: string): string {
  return metric.replaceAll(/[^a-z0-9]+/gi, "-");
}

export type Cell = Pick<QualityRow, "state" | "shots">;

/** The different states and shots of rows, in their order. */
export function cellsOf(rows: readonly QualityRow[]): Cell[] {
  const seen = new Map(rows.map(({ state, shots }) => [`${state}/${shots}`, { state, shots }]));
  return [...seen.values()];
}

export function isIn({ state, shots }: Cell): (row: Cell) => boolean {
  return (row) => row.state === state && row.shots === shots;
}

/** `cold-user, 5 shots`; what all have in common is left out. */
export function cellTitle({ state, shots }: Cell, all: readonly Cell[]): string {
  const stated = new Set(all.map((one) => one.state)).size > 1 || all.length === 1;
  const counted = new Set(all.map((one) => one.shots)).size > 1;
  const words = shots === "all" ? "all events" : `${shots} event${shots === 1 ? "" : "s"}`;
  return [stated ? state.replaceAll("-", " ") : "", counted ? words : ""].filter(Boolean).join(", ");
}
