import { type Cost, costFigure } from "../../src/evaluate/figures/costs.ts";
import { shotCurves } from "../../src/evaluate/figures/curves.ts";
import type { Figure, Shown } from "../../src/evaluate/figures/figure.ts";
import { leaderboardFigure } from "../../src/evaluate/figures/leaderboard.ts";
import type { Comparison, QualityRow } from "../../src/evaluate/report.ts";
import type { Duel } from "../../src/train/compare/duels.ts";
import { duelTables, legend, metricTables, table } from "../../src/train/compare/markdown.ts";

/** A results file, as `bench/leaderboard.ts` writes it. */
export interface LeaderboardResults {
  readonly command: string;
  readonly commit: string;
  readonly date: string;
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memoryGb: number;
    readonly node: string;
  };
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** The row that opens a protocol. */
interface About {
  readonly protocol: string;
  readonly dataset: string;
  readonly title: string;
  readonly draws: number;
  readonly metrics: readonly string[];
  /** Which figures come from another run than the costs say. */
  readonly note?: string;
}

/** Everything that is known of one protocol. */
export interface Board {
  readonly about: About;
  readonly header: Omit<LeaderboardResults, "rows">;
  readonly rows: readonly QualityRow[];
  readonly comparisons: readonly Comparison[];
  /** Of one system with each other one, where that was asked. */
  readonly duels: readonly Duel[];
  readonly costs: readonly MeasuredCost[];
  readonly failures: readonly { readonly system: string; readonly error: string }[];
}

type MeasuredCost = Cost & MeasuredBy;

/** Of the whole file where a row does not say. */
interface MeasuredBy {
  readonly commit: string;
  readonly date: string;
  readonly cpu: string;
}

/** The protocols of a results file. */
export function boardsOf({ rows, ...header }: LeaderboardResults): Board[] {
  const abouts = rows.filter((row) => row["metrics"] !== undefined) as unknown as About[];
  return abouts.map((about) => {
    const own = rows.filter(({ protocol }) => protocol === about.protocol);
    const has =
      (...keys: string[]) =>
      (row: (typeof own)[number]) =>
        keys.every((key) => row[key] !== undefined);
    const duels = own.filter(has("over"));
    const measured = own
      .filter(has("metric", "shots"))
      .filter((row) => row["grouping"] === undefined && row["over"] === undefined);
    return {
      about,
      header,
      rows: measured.filter((row) => row["baseline"] === undefined).map(known) as unknown as QualityRow[],
      comparisons: measured.filter(has("baseline")) as unknown as Comparison[],
      duels: duels as unknown as Duel[],
      costs: costsOf(own, header),
      failures: own.filter(has("error")) as unknown as Board["failures"],
    };
  });
}

/** JSON has no NaN: what is absent there was no number. */
function known(row: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { mean, low, high } = row;
  return { ...row, mean: mean ?? Number.NaN, low: low ?? Number.NaN, high: high ?? Number.NaN };
}

function costsOf(rows: LeaderboardResults["rows"], header: Board["header"]): MeasuredCost[] {
  const of = (metric: string, system: unknown): number =>
    Number(rows.find((row) => row["metric"] === metric && row["system"] === system)?.["mean"]);
  return rows
    .filter((row) => row["metric"] === "train_seconds")
    .map((row) => row as Readonly<Record<string, unknown>> & Partial<MeasuredBy>)
    .map(({ system, isBaseline, ...by }) => ({
      label: String(system),
      isBaseline: isBaseline === true,
      trainSeconds: of("train_seconds", system),
      peakMb: of("peak_mb", system),
      commit: by.commit ?? header.commit,
      date: by.date ?? header.date,
      cpu: by.cpu ?? header.machine.cpu,
    }));
}

const intro = `# Leaderboard

Written by \`npm run docs:leaderboard\` from \`bench/results/leaderboard*.json\`; no figure here is typed. Every system runs with the
settings it ships with, or those its label names, in a process of its own. \`mae\` is of the number that a system predicts for a rating: for
\`bayes-head\` the mean of its distribution, with \`ratings.point=median\` the median, which absolute error favours and squared error
punishes; so compare like with like. \`mae_median\` in the results file is the median's error for all that predict distributions. With
\`ratings.members=3\` one saved model averages the distributions of three heads, all trained by one \`train\` of one configuration. For
\`NAME@ENCODER\` an encoder reads the items' texts. ${legend} A protocol's name is its argument: \`foretaste compare --protocol melu\`
measures its table again.`;

/** The text of `docs/leaderboard.md`. */
export function leaderboardPage(boards: readonly Board[]): string {
  const none = "Nothing is measured yet: run `npm run bench:leaderboard`.";
  const sections = boards.length === 0 ? [none] : boards.map(section);
  return `${[intro, ...sections].join("\n\n")}\n`;
}

function section(board: Board): string {
  const { about, header, rows, comparisons, duels, costs, failures } = board;
  const { cores, memoryGb, node } = header.machine;
  const where = `${cores} cores, ${memoryGb} GiB, Node ${node}`;
  const how = `\`${header.command} -- --protocols ${about.protocol}\`, ${where}; commit, day and processor of each system stand beside its costs.`;
  const tables = about.metrics.flatMap((metric) => metricTables(rows, metric, comparisons));
  const seconds = costs.map(({ label, trainSeconds, peakMb, commit, date, cpu }) => [
    label,
    trainSeconds.toFixed(trainSeconds < 10 ? 2 : 0),
    String(Math.round(peakMb)),
    `${commit}, ${date.slice(0, 10)}, ${cpu}`,
  ]);
  return [
    `## ${about.title}`,
    `\`${about.protocol}\` on ${about.dataset}, ${about.draws} draw${about.draws === 1 ? "" : "s"}. ${how}`,
    ...(about.note === undefined ? [] : [about.note]),
    ...figuresOf(board).map(
      ({ name, caption }) => `![${caption}](leaderboard/${about.protocol}-${name}.svg)`,
    ),
    ...[...tables, ...duelTables(duels.filter(({ metric }) => tellingMetrics(about).includes(metric)))].map(
      (text) => text.replaceAll(/^##/gm, "###"),
    ),
    `### Costs\n\n${table(["system", "fitting, s", "peak memory, MB", "measured by"], seconds)}`,
    ...failures.map(({ system, error }) => `\`${system}\` failed: ${error}`),
  ].join("\n\n");
}

/** What says most of a protocol: its first metric and its first ranking. */
function tellingMetrics({ metrics }: About): string[] {
  const first = [metrics[0], metrics.find((metric) => metric.startsWith("ndcg"))];
  return [...new Set(first.filter((metric) => metric !== undefined))];
}

/** What is drawn of a protocol. */
export function figuresOf({ about, rows, comparisons, costs }: Board): Figure[] {
  const systems: Shown[] = costs.map(({ label, isBaseline }) => ({ label, isBaseline }));
  const metrics = tellingMetrics(about);
  return [
    ...metrics.flatMap((metric) => leaderboardFigure({ rows, comparisons, systems }, metric) ?? []),
    ...metrics.flatMap((metric) => shotCurves(rows, systems, metric)),
    ...(costs.length > 0 ? [costFigure(costs)] : []),
  ];
}
