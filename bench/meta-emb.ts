/**
 * Protocol 3 on MovieLens-1M, every system of item tasks: `npm run bench:meta-emb`. The old items are the same in every
 * draw, so a system is fitted once; a draw is another choice of the events that warm a new item.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { systemClock } from "../src/base/clock.ts";
import type { RunContext } from "../src/base/progress.ts";
import { createLines } from "../src/cli/progress/lines.ts";
import { metaEmb } from "../src/evaluate/protocols/meta-emb.ts";
import { comparePairs, pairMetrics, pairRows } from "../src/evaluate/protocols/pair-report.ts";
import { evaluatePairs, type PairEvaluation } from "../src/evaluate/protocols/pairs.ts";
import { resultsText } from "../src/evaluate/results.ts";
import { loadData } from "../src/train/load-data.ts";
import { type PairSystem, pairSystemNamed, pairSystems } from "../src/train/pair-systems.ts";

const file = join(import.meta.dirname, "results/meta-emb.json");
const SEED = 1;
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const context: RunContext = { progress: createLines({ write: say, clock: systemClock, everyMs: 10_000 }) };

const { values: flags } = parseArgs({
  options: { data: { type: "string" }, draws: { type: "string", default: "3" }, only: { type: "string" } },
});
const wanted: readonly PairSystem[] = flags.only?.split(",").map(pairSystemNamed) ?? pairSystems;

const { dataset } = await loadData(
  { name: "ml-1m", ...(flags.data === undefined ? {} : { path: flags.data }) },
  context,
);
const protocol = metaEmb(dataset, { seed: SEED, draws: Number(flags.draws) });
const seconds: { system: string; metric: string; mean: number }[] = [];

async function measure({ name, fit }: PairSystem): Promise<PairEvaluation> {
  const started = performance.now();
  const how = { purpose: "query set", seed: SEED, validFraction: 0.1, context } as const;
  const { scorer } = await fit(protocol.train, how);
  seconds.push({ system: name, metric: "train_seconds", mean: (performance.now() - started) / 1000 });
  return evaluatePairs({ ...scorer, name }, protocol, context);
}

const evaluations: PairEvaluation[] = [];
for (const system of wanted) evaluations.push(await measure(system));

const isBaseline = ({ system }: PairEvaluation): boolean => pairSystemNamed(system).isBaseline;
const rows = pairRows(evaluations, { seed: SEED });
const comparisons = pairMetrics.flatMap((metric) =>
  comparePairs(
    evaluations.filter((one) => !isBaseline(one)),
    evaluations.filter(isBaseline),
    metric,
    { seed: SEED },
  ),
);
for (const metric of pairMetrics) {
  say(`\n${metric.padEnd(14)}cold    warm-a  warm-b  warm-c`);
  for (const { system } of evaluations) {
    const own = rows.filter((row) => row.system === system && row.metric === metric);
    say(system.padEnd(14) + own.map(({ mean }) => mean.toFixed(4).padEnd(8)).join(""));
  }
}
say(`\ntrain seconds: ${seconds.map(({ system, mean }) => `${system} ${mean.toFixed(1)}`).join(", ")}`);
if (flags.only === undefined) {
  const what = `MetaEmb's protocol (3) on MovieLens-1M, ${flags.draws} draws of the events that warm a new item; then each learner against the best baseline of its column`;
  const command = "npm run bench:meta-emb";
  mkdirSync(join(import.meta.dirname, "results"), { recursive: true });
  writeFileSync(file, resultsText({ what, command }, [...rows, ...seconds, ...comparisons]));
}
