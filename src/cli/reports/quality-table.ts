import Table from "cli-table3";
import type { QualityRow } from "../../evaluate/report.ts";
import { lowerIsBetter } from "../../evaluate/report.ts";
import type { Quality } from "../../train/compare.ts";
import type { Colours } from "../colours.ts";
import { plainTable } from "../tables.ts";

/** How a metric is named above its table. */
const captions: Readonly<Record<string, string>> = {
  "ndcg_binary@10": "nDCG@10 of a list from the whole catalogue; liked is relevant; higher is better",
  mae: "Mean absolute error of predicted ratings; lower is better",
};

type Cell = Pick<QualityRow, "state" | "shots">;

/**
 * One table a metric: systems by shots, or by states where each has one number of shots; means with half the width of
 * their 95 % interval, `▲` the best of a column, `*` better than the best baseline beyond chance.
 *
 * @param metrics all of them unless told
 */
export function qualityTables(
  { rows, comparisons }: Quality,
  colours: Colours,
  metrics: readonly string[] = [...new Set(rows.map(({ metric }) => metric))],
): string {
  const tables = metrics.flatMap((metric) => {
    const own = rows.filter((row) => row.metric === metric);
    const stars = comparisons.filter((one) => one.metric === metric && one.star);
    return tablesOf(own).flatMap((part) => {
      if (!part.some(({ mean }) => Number.isFinite(mean))) return [];
      const states = new Set(part.map(({ state }) => state));
      const one = states.size === 1 && new Set(own.map(({ state }) => state)).size > 1;
      const where = one ? ` (${words(part[0]?.state ?? "")})` : "";
      return [`${colours.bold((captions[metric] ?? metric) + where)}\n${metricTable(part, stars, colours)}`];
    });
  });
  return `${tables.join("\n\n")}\n\n${legend(colours)}`;
}

/** A table a state, or one for all states. */
function tablesOf(rows: readonly QualityRow[]): (readonly QualityRow[])[] {
  const states = [...new Set(rows.map(({ state }) => state))];
  const single = states.every(
    (state) => new Set(rows.filter((row) => row.state === state).map(({ shots }) => shots)).size === 1,
  );
  return single ? [rows] : states.map((state) => rows.filter((row) => row.state === state));
}

function words(state: string): string {
  return state.replaceAll("-", " ");
}

function legend(colours: Colours): string {
  return colours.dim(
    "± half of the 95 % bootstrap interval over tasks · ▲ best of its column\n" +
      "* better than the best baseline of its column (paired bootstrap over the same tasks, p < .05)",
  );
}

function metricTable(
  rows: readonly QualityRow[],
  stars: readonly (Cell & { system: string })[],
  colours: Colours,
): string {
  const cells = cellsOf(rows);
  const systems = [...new Set(rows.map(({ system }) => system))];
  const inCell = (cell: Cell): QualityRow[] => rows.filter((row) => isSame(row, cell));
  const best = new Set(cells.map((one) => bestOf(inCell(one))));
  const table = new Table({
    ...plainTable(["", ...headsOf(cells)].map((text) => colours.bold(text))),
    colAligns: ["left", ...cells.map(() => "right" as const)],
  });
  const tasks = cells.map((one) => Math.max(...inCell(one).map((row) => row.tasks)));
  table.push([
    colours.dim("tasks"),
    ...tasks.map((count) => colours.dim(`${count.toLocaleString("en")}   `)),
  ]);
  for (const system of systems) {
    const texts = cells.map((one) => {
      const row = inCell(one).find((other) => other.system === system);
      const star = stars.some((other) => other.system === system && isSame(other, one));
      return cell(row, { best: row !== undefined && best.has(row), star, colours });
    });
    table.push([system, ...texts]);
  }
  return table.toString().replaceAll(/ +$/gm, "");
}

function cellsOf(rows: readonly QualityRow[]): Cell[] {
  return [...new Map(rows.map(({ state, shots }) => [`${state}/${shots}`, { state, shots }])).values()];
}

function isSame(a: Cell, b: Cell): boolean {
  return a.state === b.state && a.shots === b.shots;
}

function headsOf(cells: readonly Cell[]): string[] {
  const several = new Set(cells.map(({ state }) => state)).size > 1;
  return cells.map(({ state, shots }) => {
    if (several) return words(state);
    return shots === "all" ? "all events" : `${shots} shot${shots === 1 ? "" : "s"}`;
  });
}

function bestOf(rows: readonly QualityRow[]): QualityRow | undefined {
  const known = rows.filter(({ mean }) => Number.isFinite(mean));
  const sign = lowerIsBetter(known[0]?.metric ?? "") ? -1 : 1;
  return known.sort((a, b) => sign * (b.mean - a.mean))[0];
}

interface Marks {
  readonly best: boolean;
  readonly star: boolean;
  readonly colours: Colours;
}

/** `.211 ±.012▲*`; always as wide, so that means stand under each other. */
function cell(row: QualityRow | undefined, { best, star, colours }: Marks): string {
  if (row === undefined || !Number.isFinite(row.mean)) return colours.dim("–   ");
  const mean = short(row.mean);
  const text = `${best ? colours.bold(mean) : mean} ${colours.dim(`±${short((row.high - row.low) / 2)}`)}`;
  return `${text} ${best ? colours.green("▲") : " "}${star ? colours.green("*") : " "}`;
}

/** Three digits after the point, without the zero before it. */
function short(value: number): string {
  return value.toFixed(3).replace(/^0\./, ".");
}
