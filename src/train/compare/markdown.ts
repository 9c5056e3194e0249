import { direction, type Figure, short } from "../../evaluate/figures/figure.ts";
import { type Comparison, lowerIsBetter, onlyDescribes, type QualityRow } from "../../evaluate/report.ts";
import { thisMachine } from "../../evaluate/results.ts";
import { costsOf } from "./costs.ts";
import type { Duel } from "./duels.ts";
import { type Finished, finished } from "./outcomes.ts";
import type { ComparisonResult } from "./run-comparison.ts";

/** A drawn figure: where it is, from the report. */
export interface Drawn extends Pick<Figure, "caption"> {
  readonly file: string;
}

/** The text of `report.md`. */
export function reportMarkdown(result: ComparisonResult, drawn: readonly Drawn[], date: string): string {
  const { quality, arena, outcomes } = result;
  const done = finished(outcomes);
  const sections = [
    head(result, date),
    ...[...arena.metrics, ...arena.more].flatMap((metric) =>
      metricTables(quality.rows, metric, quality.comparisons),
    ),
    legend,
    ...duelTables(result.duels),
    ...gapTable(result),
    `## Costs\n\n${costTable(done)}`,
    ...failures(result),
    ...drawn.map(({ file, caption }) => `![${caption}](${file})\n\n${caption}.`),
  ];
  return `${sections.join("\n\n")}\n`;
}

/** How to read the tables. */
export const legend: string =
  "Means with 95 % bootstrap intervals over tasks. **Bold** is the best of its column; * is better than the best baseline of its column beyond chance (paired bootstrap over the same tasks, p < .05).";

function head({ arena, request, dataset, code, outcomes }: ComparisonResult, date: string): string {
  const { cpu, cores, memoryGb, node } = thisMachine();
  const { draws, seed } = request.arena;
  const cells = finished(outcomes).flatMap((one) => one.cells);
  const commits = [...new Set(cells.map(({ commit }) => commit))].join(", ");
  const foreign = cells.filter((cell) => cell.code !== code).length;
  const many = Math.max(1, ...cells.map(({ jobs }) => jobs));
  return [
    `# ${arena.title}`,
    `Protocol \`${arena.name}\` on ${dataset.name}${dataset.synthetic ? " (a generated world)" : ""}, ${draws} draw${draws === 1 ? "" : "s"}, seed ${seed}. Written ${date.slice(0, 10)} on ${cpu}, ${cores} cores, ${memoryGb} GiB, Node ${node}; computed at commit ${commits || "none"}, code ${code}.`,
    ...(many > 1 ? [`Up to ${many} systems ran at the same time, which lengthens their seconds.`] : []),
    ...(foreign === 0
      ? []
      : [`${foreign} of ${cells.length} cells were computed by another version of the code, as asked.`]),
  ].join("\n\n");
}

/**
 * The table of a metric: systems by states and shots, with intervals, the best in bold and stars. None where no system
 * has the metric.
 */
export function metricTables(
  all: readonly QualityRow[],
  metric: string,
  comparisons: readonly Comparison[],
): string[] {
  const rows = all.filter((row) => row.metric === metric && Number.isFinite(row.mean));
  if (rows.length === 0) return [];
  const tables = partsOf(rows).map((part) =>
    partTable(part, (column, system) => cell(column, system, comparisons)),
  );
  return [[`## ${metric}, ${direction(metric)}`, ...tables].join("\n\n")];
}

/**
 * How one system stands against each other one, a table a metric: differences in its favour. None where nothing was
 * compared.
 */
export function duelTables(duels: readonly Duel[]): string[] {
  const [first] = duels;
  if (first === undefined) return [];
  const tables = [...new Set(duels.map(({ metric }) => metric))].flatMap((metric) => [
    `### ${metric}`,
    ...partsOf(duels.filter((duel) => duel.metric === metric)).map((part) =>
      partTable(
        part.map((duel) => ({ ...duel, system: duel.over })),
        duelCell,
      ),
    ),
  ]);
  return [[`## ${first.system} against each`, duelLegend, ...tables].join("\n\n")];
}

const duelLegend =
  "Differences in its favour, whichever way a metric points, with 95 % intervals: * better and † worse than that system beyond chance (paired bootstrap over the same tasks, p < .05 each).";

function duelCell(column: readonly (Column & Duel)[], system: string): string {
  const duel = column.find((one) => one.system === system);
  if (duel === undefined) return "–";
  const worse = duel.mean < 0 && duel.p < 0.05;
  const mark = duel.star ? " *" : worse ? " †" : "";
  return `${short(duel.mean)}${mark} [${short(duel.low)}, ${short(duel.high)}]`;
}

/** What stands in a cell of a table. */
type Column = Pick<QualityRow, "state" | "shots" | "system" | "tasks">;

/** A table a state where there are several numbers of shots, else one table for all states. */
function partsOf<T extends Column>(rows: readonly T[]): (readonly T[])[] {
  const states = [...new Set(rows.map(({ state }) => state))];
  const cells = new Set(rows.map(({ state, shots }) => `${state}/${shots}`)).size;
  return cells > states.length ? states.map((state) => rows.filter((row) => row.state === state)) : [rows];
}

/** Systems by states, or by shots of one state. */
function partTable<T extends Column>(
  rows: readonly T[],
  cellOf: (column: readonly T[], system: string) => string,
): string {
  const columns = [...new Map(rows.map((row) => [`${row.state}/${row.shots}`, row])).values()];
  const of = ({ state, shots }: T): T[] => rows.filter((row) => row.state === state && row.shots === shots);
  const oneState = columns.every(({ state }) => state === columns[0]?.state) && columns.length > 1;
  const heads = columns.map((column) => {
    const tasks = Math.max(...of(column).map((row) => row.tasks)).toLocaleString("en");
    return `${oneState ? column.shots : column.state.replaceAll("-", " ")} (${tasks})`;
  });
  const systems = [...new Set(rows.map(({ system }) => system))];
  const body = systems.map((system) => [system, ...columns.map((column) => cellOf(of(column), system))]);
  const first = oneState ? `${columns[0]?.state.replaceAll("-", " ")}, by events known` : "system";
  return table([first, ...heads], body);
}

function cell(column: readonly QualityRow[], system: string, comparisons: readonly Comparison[]): string {
  const row = column.find((one) => one.system === system);
  if (row === undefined) return "–";
  const sign = lowerIsBetter(row.metric) ? -1 : 1;
  const best = !onlyDescribes(row.metric) && column.every((other) => sign * other.mean <= sign * row.mean);
  const star = comparisons.some(
    (one) =>
      one.star &&
      one.system === system &&
      one.metric === row.metric &&
      one.state === row.state &&
      one.shots === row.shots,
  );
  const mean = best ? `**${short(row.mean)}**` : short(row.mean);
  return `${mean}${star ? " *" : ""} [${short(row.low)}, ${short(row.high)}]`;
}

/** The groups that are served best and worst, by what systems are ordered by. */
function gapTable({ groups, arena }: ComparisonResult): string[] {
  const own = groups.gaps.filter(({ metric }) => metric === arena.metrics[0]);
  if (own.length === 0) return [];
  const rows = own.map(({ system, state, grouping, best, worst, mean, low, high }) => [
    system,
    state.replaceAll("-", " "),
    grouping,
    best,
    worst,
    `${short(mean)} [${short(low)}, ${short(high)}]`,
  ]);
  const title = `## Groups: the best, the worst and the gap in ${arena.metrics[0]}`;
  return [`${title}\n\n${table(["system", "state", "by", "best", "worst", "gap"], rows)}`];
}

function costTable(done: readonly Finished[]): string {
  const rows = costsOf(done).map(({ label, trainSeconds, peakMb }) => [
    label,
    trainSeconds.toFixed(trainSeconds < 10 ? 2 : 0),
    String(Math.round(peakMb)),
  ]);
  return table(["system", "fitting, s", "peak memory, MB"], rows);
}

function failures({ outcomes }: ComparisonResult): string[] {
  const failed = outcomes.flatMap((one) => ("error" in one ? [one] : []));
  if (failed.length === 0) return [];
  const lines = failed.map(({ entrant, error }) => `- \`${entrant.label}\`: ${error.code}, ${error.message}`);
  return [`## Systems that failed\n\n${lines.join("\n")}`];
}

/** A Markdown table whose first column holds words, the others figures. */
export function table(head: readonly string[], body: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const rule = line(head.map((_, at) => (at === 0 ? "---" : "---:")));
  return [line(head), rule, ...body.map(line)].join("\n");
}
