/**
 * Transfer between domains: `npm run bench:transfer`. Films to films elsewhere (MovieLens-1M to MovieTweetings, matched by
 * content only) over 1, 5, 20 and 100 % of the target's people, every strategy at 1 % and the leading ones after that;
 * then genres and old to new films inside of MovieLens-1M. Cells that are known are not computed again; `--known` computes
 * none and reports what is there, of whatever version of the code (`--commits VERSION=COMMIT,...` says which it was). A part,
 * `--only films --shares 0.05`, is printed; with `--add` it takes its place in the results file.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { systemClock } from "../src/base/clock.ts";
import { createLines } from "../src/cli/progress/lines.ts";
import { currentCommit, resultsText } from "../src/evaluate/results.ts";
import type { TransferCell } from "../src/train/transfer/experiment.ts";
import { transferRows, verdictLines } from "../src/train/transfer/report.ts";
import { runTransfer, type TransferRequest } from "../src/train/transfer/run-transfer.ts";
import { strategies } from "../src/train/transfer/strategies.ts";

const { values: flags } = parseArgs({
  options: {
    draws: { type: "string", default: "3" },
    cells: { type: "string", default: ".foretaste/cells" },
    only: { type: "string" },
    shares: { type: "string" },
    known: { type: "boolean", default: false },
    add: { type: "boolean", default: false },
    commits: { type: "string", default: "" },
  },
});
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const stop = new AbortController();
process.once("SIGINT", () => stop.abort());
const context = {
  progress: createLines({ write: say, clock: systemClock, everyMs: 60_000 }),
  signal: stop.signal,
};

const ml1m = (where: string) => ({ name: "ml-1m", where });
const common = { draws: Number(flags.draws), seed: 1, people: 400, cells: flags.cells, known: flags.known };
const leading = ["features", "parameters"];
const baselines = ["popularity", "recent-popularity", "item-knn", "bayes-head"];
const films = { source: { name: "ml-1m" }, target: { name: "movietweetings" }, ...common, baselines };
const inside = { sharedUsers: true, sharedItems: true, ...common, shares: [0.01, 0.2] };
const overlap = ["emcdr", "ptupcdr", "domain-mixture"];
const inner = {
  ...inside,
  baselines: ["popularity", "item-knn"],
  strategies: ["parameters", "shared", ...overlap],
};

/** Parts of one scenario stand one after the other, and are reported as one. */
const scenarios: Readonly<Record<string, readonly TransferRequest[]>> = {
  films: [
    { ...films, shares: [0.01], strategies: strategies.map(({ name }) => name), oracles: true },
    { ...films, shares: [0.05], strategies: ["features", "parameters", "shared"] },
    { ...films, shares: [0.2, 1], strategies: leading },
  ],
  genres: [{ ...inner, source: ml1m("genre=Drama"), target: ml1m("genre=Horror") }],
  time: [{ ...inner, source: ml1m("year<1995"), target: ml1m("year>=1995") }],
};

const shares = flags.shares?.split(",").map(Number);
const wanted = Object.entries(scenarios).filter(([name]) => flags.only === undefined || flags.only === name);
const rows: Row[] = [];
const cells: TransferCell[] = [];
for (const [scenario, requests] of wanted) {
  for (const request of requests) {
    const chosen = request.shares.filter((share) => shares === undefined || shares.includes(share));
    if (chosen.length === 0) continue;
    const result = await runTransfer({ ...request, shares: chosen }, context);
    // Without any strategy there is nothing to say of transfer.
    if (result.summary.gains.length === 0) continue;
    const first = !rows.some((row) => row.scenario === scenario);
    const found = transferRows(result).filter((_, at) => at > 0 || first);
    rows.push(...found.map((row) => ({ scenario, ...row })));
    cells.push(...result.cells);
    say(verdictLines(result.summary).join("\n"));
  }
}

const file = join(import.meta.dirname, "results/transfer.json");
const whole = flags.only === undefined && shares === undefined;
if (whole || flags.add) {
  mkdirSync(dirname(file), { recursive: true });
  const what = `Transfer between domains: cold people of the target by the share of its training people, ${flags.draws} draws`;
  const before = whole ? [] : known(rows);
  const all = [...before, ...rows, ...madeBy(cells, before)].toSorted(byScenario);
  writeFileSync(file, resultsText({ what, command: "npm run bench:transfer" }, all));
}

interface Row {
  readonly kind?: string;
  readonly scenario?: string;
  readonly share?: number;
  readonly code?: string;
}

/** Rows of the file that were not measured now. */
function known(fresh: readonly Row[]): Row[] {
  if (!existsSync(file)) return [];
  const idOf = ({ scenario, share }: Row): string => `${scenario} ${share}`;
  const again = new Set(fresh.map(idOf));
  return (JSON.parse(readFileSync(file, "utf8")) as { rows: Row[] }).rows.filter(
    (row) => row.kind === "made" || !again.has(idOf(row)),
  );
}

/** Scenarios in their order, shares ascending, how far apart the domains are first; at last what made it all. */
function byScenario(a: Row, b: Row): number {
  const place = ({ scenario }: Row): number =>
    scenario === undefined ? Number.POSITIVE_INFINITY : Object.keys(scenarios).indexOf(scenario);
  return place(a) === place(b) ? (a.share ?? -1) - (b.share ?? -1) : place(a) - place(b);
}

/** Versions of the code that computed cells, besides those that are there. */
function madeBy(all: readonly TransferCell[], before: readonly Row[]): object[] {
  const commits = new Map(flags.commits.split(",").map((pair) => pair.split("=") as [string, string]));
  const there = new Set(before.map(({ code }) => code));
  return [...new Set(all.map(({ code }) => code))]
    .filter((code) => !there.has(code))
    .map((code) => ({ kind: "made", code, commit: commits.get(code) ?? currentCommit() }));
}
