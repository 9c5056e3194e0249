import type { Bucket, DatasetDescription, FeatureSummary } from "./describe.ts";
import type { CleaningReport, FileReport, Offence } from "./report.ts";

/**
 * A description, and what cleaning did if given, as lines for a terminal (no colours, no line end at the end).
 *
 * @example console.log(formatDescription(describeDataset(dataset), report));
 */
export function formatDescription(description: DatasetDescription, report?: CleaningReport): string {
  const { shots, values, features } = description;
  const sections = [
    [headline(description), ...facts(description)],
    [`Events per user: mean ${round(shots.mean)}, median ${round(shots.median)}`, ...bars(shots.histogram)],
    [`Values: mean ${round(values.mean)}, liked ${percent(values.likedShare)}`, ...bars(values.histogram)],
    features.length > 0 ? ["Features", ...featureTable(features)] : [],
    report === undefined ? [] : ["Cleaning", ...cleaningLines(report)],
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

function headline({ name, synthetic }: DatasetDescription): string {
  return synthetic ? `${name} (a generated world, no real data)` : name;
}

function facts(d: DatasetDescription): string[] {
  const active = (all: number, used: number): string =>
    all === used ? integer(all) : `${integer(all)} (${integer(used)} with events)`;
  const rows: [string, string][] = [
    ["users", active(d.users, d.activeUsers)],
    ["items", active(d.items, d.usedItems)],
    ["events", integer(d.events)],
    ["sparsity", `${(100 * d.sparsity).toFixed(2)} % of the user-item pairs have no event`],
    ["long tail", `the top tenth of the items has ${percent(d.headShare)} of the events`],
  ];
  if (d.time !== undefined) rows.push(["time", `${date(d.time.from)} to ${date(d.time.to)}`]);
  rows.push(["hash", d.hash.slice(0, 12)]);
  return table(rows);
}

const widest = 40;

function bars(histogram: readonly Bucket[]): string[] {
  const most = Math.max(1, ...histogram.map(({ count }) => count));
  const rows = histogram.map((bucket) => [label(bucket), integer(bucket.count), bar(bucket.count / most)]);
  return table(rows, [true, true, false]);
}

function bar(share: number): string {
  const eighths = Math.round(share * widest * 8);
  const partial = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]!;
  const drawn = "█".repeat(eighths >> 3) + partial;
  return drawn === "" && share > 0 ? "▏" : drawn;
}

function label({ from, to }: Bucket): string {
  if (from === to) return round(from);
  return Number.isFinite(to) ? `${round(from)}-${round(to)}` : `${round(from)}+`;
}

function featureTable(features: readonly FeatureSummary[]): string[] {
  const rows = features.map(({ side, name, kind, coverage, distinct, width }) => [
    `${side}.${name}`,
    width === undefined ? kind : `${kind} of ${width}`,
    `${percent(coverage)} filled`,
    `${integer(distinct)} ${kind === "text" ? "different words" : "different"}`,
  ]);
  return table(rows, [false, false, true, true]);
}

function cleaningLines(report: CleaningReport): string[] {
  const files = [report.users, report.items, report.events].filter((file) => file !== undefined);
  const added = [
    [report.addedUsers, "users"],
    [report.addedItems, "items"],
  ] as const;
  return [
    ...files.flatMap(fileLines),
    ...added
      .filter(([count]) => count > 0)
      .map(([count, what]) => `  ${integer(count)} ${what} named by events only: added, features missing`),
  ];
}

function fileLines({ file, read, kept, dropped, unreadable = [] }: FileReport): string[] {
  return [
    `  ${file}: ${integer(read)} rows read, ${integer(kept)} kept`,
    ...dropped.flatMap(({ reason, count, first }) => problem(`dropped, ${reason}`, count, first)),
    ...unreadable.flatMap(({ column, count, first }) => problem(`not a number in ${column}`, count, first)),
  ];
}

function problem(what: string, count: number, first: readonly Offence[]): string[] {
  return [`    ${integer(count)} ${what}`, ...first.map(({ line, text }) => `      line ${line}: ${text}`)];
}

/** Columns of equal width, indented; `right` says which are flush right. */
function table(rows: readonly (readonly string[])[], right: readonly boolean[] = []): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  const cell = (text: string, i: number): string =>
    right[i] === true ? text.padStart(widths[i]!) : text.padEnd(widths[i]!);
  return rows.map((row) => `  ${row.map(cell).join("  ")}`.trimEnd());
}

function integer(value: number): string {
  return value.toLocaleString("en-US");
}

function round(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share > 0 && share < 0.01 ? 2 : 0)} %`;
}

function date(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}
