/**
 * How long the evaluation of a full ranking takes: MovieLens-1M, everybody (6,000 people) over what they have not used of
 * 3,700 items: `npm run bench:evaluate`. "nothing" hands out scores made before, so it is the cost of evaluation alone.
 * Rankers take turns in one run; `cpuMs` is the processor time of the run, which a busy machine does not stretch.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { silentProgress } from "../src/base/progress.ts";
import { createRng } from "../src/base/rng.ts";
import { fitEase } from "../src/baselines/ease.ts";
import { fitPopularity } from "../src/baselines/popularity.ts";
import type { Ranker } from "../src/data/query.ts";
import { evaluateRanker } from "../src/evaluate/evaluate.ts";
import { groupRows } from "../src/evaluate/group-report.ts";
import { defaultGroupings } from "../src/evaluate/groupings.ts";
import { anyMetricNamed } from "../src/evaluate/metrics/named.ts";
import { topN } from "../src/evaluate/protocols/top-n.ts";
import { qualityRows } from "../src/evaluate/report.ts";
import { resultsText } from "../src/evaluate/results.ts";
import { loadData } from "../src/train/load-data.ts";

const { values: flags } = parseArgs({
  options: { data: { type: "string" }, rounds: { type: "string", default: "5" } },
});

const { dataset } = await loadData(
  { name: "ml-1m", ...(flags.data === undefined ? {} : { path: flags.data }) },
  { progress: silentProgress },
);
const protocol = topN(dataset, { seed: 1 });
const cases = protocol.groups[0]?.cases ?? [];
const rng = createRng(1);
const scores = Float32Array.from(dataset.items.ids, () => rng.next());
const nothing: Ranker = { name: "nothing", score: async (_query, items) => scores.subarray(0, items.length) };
const ease = await fitEase(
  protocol.train,
  { regularisation: 1000, popularity: 0, minLikes: 1 },
  { threads: 2 },
);
const rankers = [nothing, fitPopularity(protocol.train), ease];

const usual = ["ndcg_binary@10", "recall@10", "hit_rate@10", "mrr@10"];
const lists = ["novelty@10", "diversity@10", "popularity_bias@10", "catalogue_coverage@10", "gini@10"];
const sets = {
  usual: { names: usual, groupings: [] },
  "usual, lists, groups": { names: [...usual, ...lists], groupings: defaultGroupings(protocol) },
  "complete ranking (AUC)": { names: ["auc", "ndcg_binary@10"], groupings: [] },
};

interface Timing {
  readonly system: string;
  readonly metrics: string;
  readonly ms: number;
  readonly cpuMs: number;
}

async function time(ranker: Ranker, [metrics, { names, groupings }]: Entry): Promise<Timing> {
  const [started, before] = [performance.now(), process.cpuUsage()];
  const chosen = names.map((name) => anyMetricNamed(name, protocol.train));
  await evaluateRanker(ranker, protocol, { metrics: chosen, seed: 1, groupings });
  const { user, system } = process.cpuUsage(before);
  return { system: ranker.name, metrics, ms: performance.now() - started, cpuMs: (user + system) / 1000 };
}

type Entry = [string, (typeof sets)[keyof typeof sets]];
const timings: Timing[] = [];
for (let round = 0; round < Number(flags.rounds); round++) {
  for (const entry of Object.entries(sets)) {
    for (const ranker of rankers) timings.push(await time(ranker, entry));
  }
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const candidates = median(cases.map((one) => one.candidates.length));
const rows = Object.keys(sets).flatMap((metrics) =>
  rankers.map(({ name }) => {
    const own = timings.filter((one) => one.system === name && one.metrics === metrics);
    const setting = { people: cases.length, candidates, metrics };
    const figures = {
      medianMs: median(own.map(({ ms }) => ms)),
      cpuMs: median(own.map(({ cpuMs }) => cpuMs)),
    };
    return { workload: "evaluate", setting, threads: 1, system: name, ...figures, load: loadavg()[0] };
  }),
);
const [started, evaluation] = [
  performance.now(),
  await evaluateRanker(ease, protocol, {
    metrics: [...usual, ...lists].map((name) => anyMetricNamed(name, protocol.train)),
    seed: 1,
    groupings: defaultGroupings(protocol),
  }),
];
const evaluated = performance.now();
const quality = [...qualityRows([evaluation], { seed: 1 }), ...groupRows([evaluation], { seed: 1 })];
const reported = performance.now();
console.log(
  `evaluation ${(evaluated - started).toFixed(0)} ms, ${quality.length} rows with intervals ${(reported - evaluated).toFixed(0)} ms`,
);
for (const { system, setting, medianMs, cpuMs } of rows) {
  console.log(
    `${setting.metrics.padEnd(24)}${system.padEnd(12)}${medianMs.toFixed(0)} ms, processor ${cpuMs.toFixed(0)} ms`,
  );
}
for (const { metric, mean } of qualityRows([evaluation], { seed: 1 }))
  console.log(`${metric} ${mean.toFixed(4)}`);
mkdirSync(join(import.meta.dirname, "results"), { recursive: true });
const what = "Evaluation of a full ranking over everybody of MovieLens-1M (protocol 5)";
writeFileSync(
  join(import.meta.dirname, "results/evaluate.json"),
  resultsText({ what, command: "npm run bench:evaluate" }, rows),
);
