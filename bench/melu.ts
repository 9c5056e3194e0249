// Protocol 1 of docs (MeLU's states on MovieLens-1M), protocol 2 with --curve. Each system runs in a process of its own,
// so that its peak memory is its own; `--only maml,bayes-head` measures some systems and keeps the others' rows.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { systemClock } from "../src/base/clock.ts";
import { createLines } from "../src/cli/progress/lines.ts";
import { locateData } from "../src/data/read/locate.ts";
import { readMelu } from "../src/data/read/melu.ts";
import { evaluateRanker } from "../src/evaluate/evaluate.ts";
import { ndcgExp } from "../src/evaluate/metrics/ndcg.ts";
import { mae, maeRounded } from "../src/evaluate/metrics/values.ts";
import { melu, meluCurve } from "../src/evaluate/protocols/melu.ts";
import { qualityRows } from "../src/evaluate/report.ts";
import { currentCommit, resultsText } from "../src/evaluate/results.ts";
import { systemNamed } from "../src/train/systems.ts";

const root = join(import.meta.dirname, "..");
const file = join(root, "bench/results/melu.json");
const systems = ["item-mean", "item-user-bias", "matrix-factorisation", "maml", "fomaml", "bayes-head"];
const SEED = 1;

const { values: flags } = parseArgs({
  options: {
    only: { type: "string" },
    curve: { type: "boolean", default: false },
    data: { type: "string" },
    draws: { type: "string", default: "3" },
    /** Where a child leaves its rows; the parent's business. */
    rows: { type: "string" },
  },
});

interface Row {
  readonly system: string;
  readonly metric: string;
  readonly mean: number;
  readonly [key: string]: unknown;
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Fits and judges one system in this process. */
async function measure(name: string): Promise<Row[]> {
  const located = await locateData("ml-1m", flags.data === undefined ? {} : { dir: flags.data });
  if (located.source === "none") throw new Error(located.reason);
  const context = { progress: createLines({ write: say, clock: systemClock, everyMs: 5000 }) };
  const data = await readMelu(located.dir);
  const shots = flags.curve ? meluCurve : (["all"] as const);
  const protocol = melu(data, { seed: SEED, draws: Number(flags.draws), shots });
  const started = performance.now();
  const { ranker } = await systemNamed(name).fit(protocol.train, {
    purpose: "query set",
    seed: SEED,
    validFraction: 0.1,
    context,
  });
  const seconds = (performance.now() - started) / 1000;
  const options = { metrics: [mae, maeRounded, ndcgExp(3)], seed: SEED, context };
  const evaluation = await evaluateRanker({ ...ranker, name }, protocol, options);
  const commit = currentCommit();
  const peak = process.resourceUsage().maxRSS / 1024;
  return [
    ...qualityRows([evaluation], { seed: SEED }).map(({ leftOut: _, ...row }) => row as unknown as Row),
    { system: name, metric: "train_seconds", mean: seconds, commit },
    { system: name, metric: "peak_mb", mean: peak, commit },
  ];
}

/** Measures one system in a process of its own. */
function measureApart(name: string): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "foretaste-bench-"));
  const rows = join(folder, "rows.json");
  const own = ["--only", name, "--rows", rows, "--draws", flags.draws];
  const more = [
    ...(flags.curve ? ["--curve"] : []),
    ...(flags.data === undefined ? [] : ["--data", flags.data]),
  ];
  const script = [join(root, "scripts/run.mjs"), "bench/melu.ts", ...own, ...more];
  const child = spawn(process.execPath, script, { cwd: root, stdio: "inherit" });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => {
      const found = code === 0 ? (JSON.parse(readFileSync(rows, "utf8")) as Row[]) : undefined;
      rmSync(folder, { recursive: true });
      if (found === undefined) reject(new Error(`${name}: the measurement ended with code ${code}`));
      else resolve(found);
    });
  });
}

const known = (): Row[] =>
  existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as { rows: Row[] }).rows : [];

/** Replaces the rows of one system; whatever else was measured before stays. */
function save(name: string, rows: readonly Row[]): void {
  const all = [...known().filter((row) => row.system !== name), ...rows];
  const ordered = systems.flatMap((system) => all.filter((row) => row.system === system));
  const what = `MeLU's protocol on MovieLens-1M: ${flags.draws} draws of the query, rows a system measured at its commit`;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(
    file,
    resultsText({ what, command: `npm run bench:melu${flags.curve ? " -- --curve" : ""}` }, ordered),
  );
}

function print(rows: readonly Row[]): void {
  const cell = (system: string, state: string, shots: unknown): string => {
    const mean = (metric: string): string =>
      rows
        .find(
          (r) => r.system === system && r["state"] === state && r["shots"] === shots && r.metric === metric,
        )
        ?.mean.toFixed(4) ?? "-";
    return `${mean("mae")} / ${mean("ndcg_exp@3")}`;
  };
  const states = ["cold-user", "cold-item", "both-cold"];
  for (const shots of flags.curve ? meluCurve : ["all"]) {
    say(
      `\n${String(shots)} shots: MAE / ndcg_exp@3`.padEnd(32) +
        states.map((state) => state.padEnd(20)).join(""),
    );
    for (const system of systems.filter((name) => rows.some((row) => row.system === name)))
      say(system.padEnd(32) + states.map((state) => cell(system, state, shots).padEnd(20)).join(""));
  }
  for (const metric of ["train_seconds", "peak_mb"]) {
    const figures = rows.filter((row) => row.metric === metric);
    say(`${metric}: ${figures.map(({ system, mean }) => `${system} ${mean.toFixed(1)}`).join(", ")}`);
  }
}

const wanted = flags.only?.split(",") ?? systems;
if (flags.rows !== undefined) writeFileSync(flags.rows, JSON.stringify(await measure(wanted[0] as string)));
else {
  for (const name of wanted) {
    systemNamed(name);
    save(name, await measureApart(name));
  }
  print(known());
}
