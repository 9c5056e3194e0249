import Table from "cli-table3";
import type { QualityRow } from "../../evaluate/report.ts";
import { lowerIsBetter } from "../../evaluate/report.ts";
import type { Duel } from "../../train/compare/duels.ts";
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
function tablesOf<T extends Cell>(rows: readonly T[]): (readonly T[])[] {
  const states = [...new Set(rows.map(({ state }) => state))];
  const single = states.every(
    (state) => new Set(rows.filter((row) => row.state === state).map(({ shots }) => shots)).size === 1,
  );
  return single ? [rows] : states.map((state) => rows.filter((row) => row.state === state));
}

/**
 * How one system stands against each other one, a table a metric: differences in its favour with half the width of their
 * 95 % interval, `*` better and `†` worse beyond chance.
 */
export function duelTables(duels: readonly Duel[], colours: Colours): string {
  const metrics = [...new Set(duels.map(({ metric }) => metric))];
  const tables = metrics.flatMap((metric) =>
    tablesOf(duels.filter((duel) => duel.metric === metric)).map((part) => {
      const where = tablesOf(duels).length > 1 ? ` (${words(part[0]?.state ?? "")})` : "";
      const rows = part.map((duel) => ({ ...duel, system: duel.over }));
      const title = `${duels[0]?.system} against each, ${metric}${where}`;
      return `${colours.bold(title)}\n${gridOf(rows, colours, (_, duel) => duelText(duel, colours))}`;
    }),
  );
  return `${tables.join("\n\n")}\n\n${colours.dim(duelLegend)}`;
}

const duelLegend =
  "Differences in its favour ± half of their 95 % interval\n" +
  "* better, † worse than that system (paired bootstrap over the same tasks, p < .05 each)";

function duelText(duel: Duel | undefined, colours: Colours): string {
  if (duel === undefined) return colours.dim("–  ");
  const worse = duel.mean < 0 && duel.p < 0.05;
  const mark = duel.star ? colours.green("*") : worse ? colours.yellow("†") : " ";
  return `${short(duel.mean)} ${colours.dim(`±${short((duel.high - duel.low) / 2)}`)} ${mark} `;
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
  return gridOf(rows, colours, (column, row) => {
    const star = row !== undefined && stars.some((one) => one.system === row.system && isSame(one, row));
    return cell(row, { best: row !== undefined && row === bestOf(column), star, colours });
  });
}

/** Systems by states or shots, how many tasks above; `textOf` is given the column and the system's row of it. */
function gridOf<T extends Cell & Pick<QualityRow, "system" | "tasks">>(
  rows: readonly T[],
  colours: Colours,
  textOf: (column: readonly T[], row: T | undefined) => string,
): string {
  const columns = cellsOf(rows).map((one) => rows.filter((row) => isSame(row, one)));
  const table = new Table({
    ...plainTable(["", ...headsOf(cellsOf(rows))].map((text) => colours.bold(text))),
    colAligns: ["left", ...columns.map(() => "right" as const)],
  });
  const tasks = columns.map((column) => Math.max(...column.map((row) => row.tasks)));
  table.push([
    colours.dim("tasks"),
    ...tasks.map((count) => colours.dim(`${count.toLocaleString("en")}   `)),
  ]);
  for (const system of new Set(rows.map((row) => row.system))) {
    const texts = columns.map((column) =>
      textOf(
        column,
        column.find((row) => row.system === system),
      ),
    );
    table.push([system, ...texts]);
  }
  return table.toString().replaceAll(/ +$/gm, "");
}

function cellsOf(rows: readonly Cell[]): Cell[] {
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
  return value.toFixed(3).replace(/^(-?)0\./, "$1.");
}
