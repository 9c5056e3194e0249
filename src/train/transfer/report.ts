import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { curveFigure } from "../../evaluate/figures/curves.ts";
import { drawFigure } from "../../evaluate/figures/draw.ts";
import { type Figure, short } from "../../evaluate/figures/figure.ts";
import { resultsText } from "../../evaluate/results.ts";
import type { DomainDistance } from "./distance.ts";
import { oracles } from "./oracles.ts";
import type { TransferResult } from "./run-transfer.ts";
import { alone } from "./strategies.ts";
import { type GainRow, guarded, type SummaryRow, type TransferSummary } from "./summary.ts";

/** Writes `report.md`, `results.json` and `figures/*.svg`. @returns the path of the report */
export async function writeTransferReport(
  result: TransferResult,
  { output, command, now }: { readonly output: string; readonly command: string; readonly now: number },
): Promise<string> {
  await mkdir(join(output, "figures"), { recursive: true });
  const figure = learningCurves(result.summary, { name: "learning-curves", title: titleOf(result) });
  await writeFile(join(output, "figures", `${figure.name}.svg`), await drawFigure(figure));
  const head = { what: `Transfer, ${titleOf(result)}`, command, clock: { now: () => now } };
  await writeFile(join(output, "results.json"), resultsText(head, transferRows(result)));
  const path = join(output, "report.md");
  await writeFile(path, transferMarkdown(result, { command, date: new Date(now).toISOString() }));
  return path;
}

/** Everything that was measured as rows of a results file; each says what it is. */
export function transferRows({ source, target, distance, summary }: TransferResult): object[] {
  const domains = { source, target };
  return [
    { kind: "distance", ...domains, ...distance },
    ...summary.rows.map(({ kind, ...row }) => ({ kind: "mean", ...domains, of: kind, ...row })),
    ...summary.gains.map((row) => ({ kind: "gain", ...domains, ...row })),
    ...summary.verdicts.map((row) => ({ kind: "verdict", ...domains, ...row })),
    ...summary.guard.map((row) => ({ kind: "guard", ...domains, ...row })),
  ];
}

export function titleOf({ source, target }: Pick<TransferResult, "source" | "target">): string {
  return `${source} to ${target}`;
}

function transferMarkdown(
  result: TransferResult,
  { command, date }: { readonly command: string; readonly date: string },
): string {
  const generated = result.synthetic ? " One of them is a generated world." : "";
  return `${[
    `# Transfer, ${titleOf(result)}`,
    `\`${command}\`, ${date}.${generated}`,
    "## How far the domains are apart",
    distanceTable(result.distance),
    "## What helped",
    verdictLines(result.summary).join("\n"),
    meansTable(result.summary),
    ...oracleSection(result.summary),
    "![Learning curves](figures/learning-curves.svg)",
    "## What the guard let through",
    guardTable(result.summary),
  ].join("\n\n")}\n`;
}

const percent = (share: number): string => `${Number((100 * share).toPrecision(3))} %`;

/** How far two domains are apart, as a table in Markdown. */
export function distanceTable(distance: DomainDistance): string {
  const { aDistance, mmd, users, items, events, words, popularity, level, meanValue } = distance;
  return table(
    ["measure", "value", "meaning"],
    [
      ["proxy A-distance", number(aDistance), "0: cannot be told apart by content, 2: always"],
      ["MMD, squared", number(mmd, 3), "0: one distribution"],
      ["users in common", percent(users), "of the target's"],
      ["items in common", percent(items), "of those used in the target"],
      ["events on them", percent(events), "of the target's"],
      ["words in common", percent(words), "of both"],
      ["popularity", number(popularity), "rank correlation over common items"],
      ["level", number(level), "the same of mean values"],
      ["mean value", meanValue.map((x) => x.toFixed(2)).join(" to "), "of the scale"],
    ],
  );
}

const number = (x: number, digits = 2): string => (Number.isFinite(x) ? x.toFixed(digits) : "–");

/** Whether transfer helped, a sentence a share. */
export function verdictLines({ verdicts, guard }: TransferSummary): string[] {
  const mixed = verdicts.filter(({ shots }) => shots === "mixed");
  return mixed.map((row) => {
    const used = guard.filter(({ share }) => share === row.share).map((one) => one.used);
    return `- ${percent(row.share)} of the target: ${sentence(row)} Used: ${[...new Set(used)].join(", ")}.`;
  });
}

function sentence({ over, mean, low, high, p, relative }: GainRow): string {
  const size = `${mean >= 0 ? "+" : ""}${(100 * relative).toFixed(1)} %`;
  const said = p >= 0.05 ? "makes no sure difference to" : mean > 0 ? "is better than" : "is worse than";
  return `guarded transfer ${said} ${over}, ${size} (${short(mean)} [${short(low)}, ${short(high)}], p ${p.toFixed(3)}).`;
}

/** Means over people by share, as a table in Markdown; the best of a column in bold. */
export function meansTable({ rows, gains }: TransferSummary, shots: SummaryRow["shots"] = "mixed"): string {
  const own = rows.filter((row) => row.shots === shots && row.kind !== "oracle");
  const shares = [...new Set(own.map(({ share }) => share))];
  const systems = [...new Set(own.map(({ system }) => system))];
  const best = shares.map((share) =>
    Math.max(...own.filter((row) => row.share === share).map(({ mean }) => mean)),
  );
  const cell = (system: string, share: number, at: number): string => {
    const row = own.find((one) => one.system === system && one.share === share);
    if (row === undefined) return "–";
    const gain = gains.find((one) => one.system === system && one.share === share && one.shots === shots);
    const star = gain !== undefined && gain.p < 0.05 ? (gain.mean > 0 ? " *" : " †") : "";
    const text = `${short(row.mean)} [${short(row.low)}, ${short(row.high)}]`;
    return (row.mean === best[at] ? `**${text}**` : text) + star;
  };
  return [
    table(
      ["ndcg_binary@10", ...shares.map(percent)],
      systems.map((system) => [system, ...shares.map((share, at) => cell(system, share, at))]),
    ),
    `\\* better, † worse than ${alone.name} (paired bootstrap over people, p < .05); brackets hold 95 % intervals.`,
  ].join("\n\n");
}

/** What a source could tell at most, where oracles were asked: a sentence and a table in Markdown. */
export function oracleSection({ rows }: TransferSummary): string[] {
  const asked = oracles.filter(({ name }) => rows.some(({ system }) => system === name));
  const first = Math.min(...rows.map(({ share }) => share));
  const rivals = [alone, { name: "popularity", source: "what the few like" }];
  const lines = [...rivals, ...asked].flatMap(({ name, source }) => {
    const row = rows.find((one) => one.system === name && one.share === first && one.shots === "mixed");
    return row === undefined
      ? []
      : [[name, source, `${short(row.mean)} [${short(row.low)}, ${short(row.high)}]`]];
  });
  if (asked.length === 0) return [];
  return [
    `What a source could tell at most, at ${percent(first)}: oracles are told a piece of what all people of the target teach.`,
    table(["oracle", "what it is", "ndcg_binary@10"], lines),
  ];
}

/** What the guard used and refused, as a table in Markdown. */
export function guardTable({ guard }: TransferSummary): string {
  return table(
    ["share", "draw", "used", "refused"],
    guard.map(({ share, draw, used, refused, tooFew }) => [
      percent(share),
      String(draw),
      used,
      tooFew === undefined
        ? refused.join(", ") || "none"
        : `all: ${tooFew} people held out are too few to tell`,
    ]),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")).replaceAll(" ", ""), ...rows.map(line)].join("\n");
}

/** Quality against the share of the target's people: strategies, what knows the target alone, and the guarded choice. */
export function learningCurves(
  { rows }: Pick<TransferSummary, "rows">,
  { name, title }: { readonly name: string; readonly title: string },
): Figure {
  const own = rows.filter(({ shots, kind }) => shots === "mixed" && kind !== "oracle");
  const places = [...new Set(own.map(({ share }) => share))].sort((a, b) => a - b).map(percent);
  const first = Math.min(...own.map(({ share }) => share));
  const top = own
    .filter((row) => row.share === first && row.kind === "strategy")
    .sort((a, b) => b.mean - a.mean)
    .slice(0, 2);
  const rival = own
    .filter((row) => row.share === first && row.kind === "target alone" && row.system !== alone.name)
    .sort((a, b) => b.mean - a.mean)
    .slice(0, 1);
  return curveFigure({
    name,
    title,
    caption:
      "ndcg_binary@10 of cold people by the share of the target's training people; bars are 95 % intervals",
    places,
    xTitle: "share of the target's people",
    yTitle: "ndcg_binary@10",
    points: own.map(({ system, share, mean, low, high }) => ({
      system,
      at: percent(share),
      mean,
      low,
      high,
    })),
    named: [...new Set([guarded, alone.name, ...[...top, ...rival].map(({ system }) => system)])],
  });
}
