/**
 * What each piece of regularisation and data buys, on MeLU's protocol (one draw): every switch beside the same learner
 * without it, `npm run bench:ablation`. `--only maml` or `--switches dropout,mix` measures a part and keeps the rest.
 * Nothing here was used to choose a default.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { systemClock } from "../src/base/clock.ts";
import type { Settings } from "../src/base/settings.ts";
import { createLines } from "../src/cli/progress/lines.ts";
import { locateData } from "../src/data/read/locate.ts";
import { readMelu } from "../src/data/read/melu.ts";
import { pairedBootstrap } from "../src/evaluate/bootstrap.ts";
import { type Evaluation, evaluateRanker } from "../src/evaluate/evaluate.ts";
import { ndcgExp } from "../src/evaluate/metrics/ndcg.ts";
import { mae } from "../src/evaluate/metrics/values.ts";
import { melu } from "../src/evaluate/protocols/melu.ts";
import { resultsText } from "../src/evaluate/results.ts";
import { systemNamed } from "../src/train/systems.ts";

const file = join(import.meta.dirname, "results/ablation.json");
const SEED = 1;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** The same learner with a piece and without it. */
interface Switch {
  readonly name: string;
  readonly on: Settings;
  readonly off: Settings;
}

const augmentation: readonly Switch[] = [
  { name: "subsample", on: { augmentSubsample: 0.3 }, off: {} },
  { name: "mask", on: { augmentMask: 0.15 }, off: {} },
  { name: "mix", on: { augmentMix: 0.3 }, off: {} },
  { name: "pseudo-labels", on: { pseudoLabels: 10 }, off: {} },
  { name: "synthetic-users", on: { syntheticUsers: 0.5 }, off: {} },
  { name: "popularity-weights", on: { popularityWeights: 0.5 }, off: {} },
  { name: "class-weights", on: { classWeights: 0.5 }, off: {} },
];
/** `base` is what every run has; an empty side is the base itself. */
const learners: Readonly<Record<string, { readonly base: Settings; readonly switches: readonly Switch[] }>> =
  {
    maml: {
      base: { epochs: 3 },
      switches: [
        { name: "weight-decay", on: {}, off: { weightDecay: 0 } },
        { name: "dropout", on: { dropout: 0.2 }, off: {} },
        { name: "early-stopping", on: { epochs: 8 }, off: { epochs: 8, patience: 0 } },
        { name: "clipping", on: {}, off: { clipNorm: 1e6 } },
        { name: "adversarial", on: { adversarial: 0.1 }, off: {} },
        { name: "cold-tasks", on: {}, off: { coldTasks: 0 } },
        { name: "replay", on: { replay: 0.25 }, off: {} },
        ...augmentation,
      ],
    },
    "bayes-head": {
      base: { "ratings.epochs": 6 },
      switches: [
        { name: "weight-decay", on: {}, off: { weightDecay: 0 } },
        { name: "early-stopping", on: { "ratings.epochs": 12 }, off: { "ratings.epochs": 12, patience: 0 } },
        ...augmentation,
      ],
    },
  };

const { values: flags } = parseArgs({
  options: { only: { type: "string" }, switches: { type: "string" }, data: { type: "string" } },
});
const located = await locateData("ml-1m", flags.data === undefined ? {} : { dir: flags.data });
if (located.source === "none") throw new Error(located.reason);
const protocol = melu(await readMelu(located.dir), { seed: SEED, draws: 1 });
const context = { progress: createLines({ write: say, clock: systemClock, everyMs: 10_000 }) };

interface Run {
  readonly evaluation: Evaluation;
  readonly seconds: number;
}

const runs = new Map<string, Promise<Run>>();

/** Fits and judges once per settings: the base serves many switches. */
function runOf(system: string, settings: Settings): Promise<Run> {
  const key = JSON.stringify([system, settings]);
  const known = runs.get(key) ?? fitAndJudge(system, settings);
  runs.set(key, known);
  return known;
}

async function fitAndJudge(name: string, settings: Settings): Promise<Run> {
  const started = performance.now();
  const fit = { purpose: "query set", seed: SEED, validFraction: 0.1, context } as const;
  const { ranker } = await systemNamed(name).fit(protocol.train, { ...fit, settings });
  const seconds = (performance.now() - started) / 1000;
  const metrics = [mae, ndcgExp(3)];
  return { evaluation: await evaluateRanker(ranker, protocol, { metrics, seed: SEED, context }), seconds };
}

interface Row {
  readonly system: string;
  readonly switch: string;
  readonly state: string;
  readonly metric: string;
  /** On minus off, with its 95 % interval. */
  readonly difference: number;
  readonly low: number;
  readonly high: number;
  readonly [key: string]: unknown;
}

/** Differences "on minus off", paired over tasks. */
function rowsOf(system: string, one: Switch, on: Run, off: Run): Row[] {
  return on.evaluation.groups.flatMap(({ state, metrics }, g) =>
    Object.entries(metrics).map(([metric, values]) => {
      const other = off.evaluation.groups[g]?.metrics[metric] as Float64Array;
      const { mean, low, high, p, tasks } = pairedBootstrap(values, other, { seed: SEED });
      const average = (x: Float64Array): number => x.reduce((a, b) => a + b, 0) / x.length;
      const difference = { difference: mean, low, high, p, tasks };
      const setting = { on: JSON.stringify(one.on), off: JSON.stringify(one.off) };
      const means = { meanOn: average(values), meanOff: average(other) };
      const seconds = { secondsOn: on.seconds, secondsOff: off.seconds };
      return {
        protocol: "melu",
        state,
        system,
        switch: one.name,
        metric,
        ...means,
        ...difference,
        ...setting,
        ...seconds,
      };
    }),
  );
}

const known = (): Row[] =>
  existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as { rows: Row[] }).rows : [];

function save(rows: readonly Row[]): void {
  const fresh = new Set(rows.map((row) => `${row.system} ${row.switch}`));
  const all = [...known().filter((row) => !fresh.has(`${row.system} ${row.switch}`)), ...rows];
  const ordered = Object.entries(learners).flatMap(([system, { switches }]) =>
    switches.flatMap(({ name }) => all.filter((row) => row.system === system && row.switch === name)),
  );
  const what =
    "What each piece of regularisation and data buys on MeLU's protocol: one draw, on minus off, paired bootstrap";
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, resultsText({ what, command: "npm run bench:ablation" }, ordered));
}

const wanted = flags.switches?.split(",");
for (const system of flags.only?.split(",") ?? Object.keys(learners)) {
  const { base, switches } = learners[system] ?? { base: {}, switches: [] };
  for (const one of switches.filter(({ name }) => wanted?.includes(name) ?? true)) {
    const [on, off] = [
      await runOf(system, { ...base, ...one.on }),
      await runOf(system, { ...base, ...one.off }),
    ];
    const rows = rowsOf(system, one, on, off);
    save(rows);
    for (const { state, metric, difference, low, high } of rows)
      say(
        `${system} ${one.name}: ${state} ${metric} ${[difference, low, high].map((x) => x.toFixed(4)).join(" ")}`,
      );
  }
}
