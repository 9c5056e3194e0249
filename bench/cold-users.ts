/**
 * Protocol 6 on MovieTweetings, every system, three draws of who is cold: `npm run bench:cold-users`. "bayes-head-causal"
 * is the Bayes head without totals over all of training, and without who liked what together in all of it, which a live
 * system could not have known.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { systemClock } from "../src/base/clock.ts";
import type { RunContext } from "../src/base/progress.ts";
import { createLines } from "../src/cli/progress/lines.ts";
import type { Ranker } from "../src/data/query.ts";
import { withoutTotals } from "../src/encoders/trends.ts";
import { type Evaluation, evaluateRanker } from "../src/evaluate/evaluate.ts";
import { ndcgBinary } from "../src/evaluate/metrics/ndcg.ts";
import { mae } from "../src/evaluate/metrics/values.ts";
import { coldUsersInTime } from "../src/evaluate/protocols/cold-users-in-time.ts";
import type { Protocol } from "../src/evaluate/protocols/protocol.ts";
import { compareToBest, qualityRows } from "../src/evaluate/report.ts";
import { resultsText } from "../src/evaluate/results.ts";
import { choiceRanker } from "../src/meta/bayes/bayes-head.ts";
import { choiceCatalogue, fitChoiceHead } from "../src/train/bayes-head.ts";
import { defaultConfig } from "../src/train/config.ts";
import { loadData } from "../src/train/load-data.ts";
import { systemNamed, systems } from "../src/train/systems.ts";

const file = join(import.meta.dirname, "results/cold-users.json");
const SEED = 1;
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const context: RunContext = { progress: createLines({ write: say, clock: systemClock, everyMs: 10_000 }) };
const fit = { seed: SEED, validFraction: 0.1, context };

const { values: flags } = parseArgs({
  options: { data: { type: "string" }, draws: { type: "string", default: "3" } },
});

async function causalHead(train: Protocol["train"]): Promise<Ranker> {
  const catalogue = choiceCatalogue(train);
  const causal = { ...catalogue, trends: withoutTotals(catalogue.trends) };
  const { head } = await fitChoiceHead(
    train,
    { ...defaultConfig.models["bayes-head"], neighbours: 0 },
    fit,
    causal,
  );
  return choiceRanker(head);
}

/** FOMAML is left to the MeLU protocol: ranking by a rating says little here. */
const compared = systems.flatMap(({ name, data }) => (name === "fomaml" || data !== undefined ? [] : [name]));
const fits: Readonly<Record<string, (protocol: Protocol) => Promise<Ranker>>> = {
  ...Object.fromEntries(
    compared.map((name) => [
      name,
      async ({ train }: Protocol) => (await systemNamed(name).fit(train, { purpose: "full", ...fit })).ranker,
    ]),
  ),
  "bayes-head-causal": ({ train }) => causalHead(train),
};

const { dataset } = await loadData(
  { name: "movietweetings", ...(flags.data === undefined ? {} : { path: flags.data }) },
  context,
);
const protocols = Array.from({ length: Number(flags.draws) }, (_, draw) =>
  coldUsersInTime(dataset, { seed: SEED + draw, draw }),
);
const evaluations: Evaluation[] = [];
const seconds: { system: string; metric: string; mean: number }[] = [];
for (const [system, fitSystem] of Object.entries(fits)) {
  const parts: Evaluation[] = [];
  const times: number[] = [];
  for (const protocol of protocols) {
    const started = performance.now();
    const ranker = await fitSystem(protocol);
    times.push((performance.now() - started) / 1000);
    const options = { metrics: [ndcgBinary(10), mae], seed: SEED, context };
    parts.push(await evaluateRanker({ ...ranker, name: system }, protocol, options));
  }
  evaluations.push({ ...(parts[0] as Evaluation), groups: parts.flatMap(({ groups }) => groups) });
  seconds.push({ system, metric: "train_seconds", mean: times.reduce((a, b) => a + b, 0) / times.length });
}

const isBaseline = ({ system }: Evaluation): boolean =>
  systems.some((one) => one.isBaseline && one.name === system);
const baselines = evaluations.filter(isBaseline);
const learners = evaluations.filter((one) => !isBaseline(one));
const rows = qualityRows(evaluations, { seed: SEED });
const comparisons = ["ndcg_binary@10", "mae"].flatMap((metric) =>
  compareToBest(learners, baselines, metric, { seed: SEED }),
);
mkdirSync(join(import.meta.dirname, "results"), { recursive: true });
const what = `Cold users in time (protocol 6) on MovieTweetings, ${flags.draws} draws of the cold users; then each learner against the best baseline of its column`;
writeFileSync(
  file,
  resultsText({ what, command: "npm run bench:cold-users" }, [...rows, ...seconds, ...comparisons]),
);
for (const metric of ["ndcg_binary@10", "mae"]) {
  say(`\n${metric}`);
  for (const { system } of evaluations) {
    const own = rows.filter((row) => row.system === system && row.metric === metric);
    say(
      `${system.padEnd(22)}${own.map(({ mean, tasks }) => `${mean.toFixed(4)} (${tasks})`.padEnd(16)).join("")}`,
    );
  }
}
for (const one of comparisons) {
  const interval = `${one.mean.toFixed(4)} [${one.low.toFixed(4)}, ${one.high.toFixed(4)}]`;
  say(
    `${one.metric} ${one.shots} shots: ${one.system} over ${one.baseline} ${interval}${one.star ? " *" : ""}`,
  );
}
