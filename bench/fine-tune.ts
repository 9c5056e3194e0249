/**
 * What each fine-tuning strategy buys on MovieLens-1M's titles and plots, and what it costs: `npm run bench:fine-tune`.
 * `-- --strategies lora,full --seeds 1,2,3`; rows that are not asked for stay. Each run is a process of its own, so that
 * its peak of memory is its own.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { systemClock } from "../src/base/clock.ts";
import { createLines } from "../src/cli/progress/lines.ts";
import {
  defaultStrategySettings,
  strategies,
  strategyRate,
} from "../src/encoders/pretrained/strategies/strategies.ts";
import type { StrategyName } from "../src/encoders/pretrained/strategies/strategy.ts";
import { resultsText } from "../src/evaluate/results.ts";
import type { FineTuningResult } from "../src/train/fine-tune/request.ts";
import { runFineTuning } from "../src/train/fine-tune/run-fine-tuning.ts";

const file = join(import.meta.dirname, "results/fine-tune.json");
const { values: flags } = parseArgs({
  options: {
    strategies: { type: "string", default: Object.keys(strategies).join(",") },
    seeds: { type: "string", default: "1,2,3" },
    epochs: { type: "string", default: "3" },
    "max-tokens": { type: "string", default: "48" },
    encoder: { type: "string", default: "all-MiniLM-L6-v2" },
    threads: { type: "string", default: "1" },
    checkpointing: { type: "boolean", default: false },
    /** LoRA: the layer norms are trained, too. */
    norms: { type: "boolean", default: false },
    /** A child: one strategy and seed, its row as the last line of the output. */
    one: { type: "boolean", default: false },
  },
});

type Row = FineTuningResult & {
  readonly seed: number;
  readonly checkpointing: boolean;
  readonly norms?: boolean;
  readonly learningRate: number;
  readonly peakMb: number;
};

async function one(strategy: StrategyName, seed: number): Promise<Row> {
  const write = (line: string): void => void process.stderr.write(`${line}\n`);
  const progress = createLines({ write, clock: systemClock, everyMs: 30_000 });
  const request = {
    encoder: flags.encoder,
    strategy,
    settings: { ...defaultStrategySettings, norms: flags.norms },
    data: { name: "ml-1m" },
    seed,
    people: 6000,
    epochs: Number(flags.epochs),
    // All strategies take the same steps: rates are highest in the first epochs, where some lose before they gain.
    patience: Number(flags.epochs),
    headEpochs: 60,
    items: 128,
    maxTokens: Number(flags["max-tokens"]),
    learningRate: strategyRate[strategy],
    layerDecay: 1,
    checkpointing: flags.checkpointing,
    threads: Number(flags.threads),
  };
  const result = await runFineTuning(request, { progress });
  const peakMb = Math.round(process.resourceUsage().maxRSS / 1024);
  const norms = flags.norms ? { norms: true } : {};
  const { learningRate } = request;
  return { ...result, seed, checkpointing: flags.checkpointing, ...norms, learningRate, peakMb };
}

const known = (): Row[] =>
  existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as { rows: Row[] }).rows : [];

function keep(row: Row): void {
  const id = ({ strategy, seed, checkpointing, norms = false, learningRate }: Row): string =>
    JSON.stringify([strategy, seed, checkpointing, norms, learningRate]);
  const rows = [...known().filter((other) => id(other) !== id(row)), row];
  const what = `${flags.encoder} fine-tuned through meta-training on MovieLens-1M's titles and plots, by strategy`;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, resultsText({ what, command: "npm run bench:fine-tune" }, rows));
}

const names = flags.strategies.split(",") as StrategyName[];
if (flags.one) {
  process.stdout.write(`${JSON.stringify(await one(names[0]!, Number(flags.seeds)))}\n`);
} else {
  for (const seed of flags.seeds.split(",")) {
    for (const name of names) {
      const run = join(import.meta.dirname, "../scripts/run.mjs");
      const own = ["--one", "--strategies", name, "--seeds", seed];
      const shared = ["epochs", "max-tokens", "encoder", "threads"] as const;
      const given = shared.flatMap((flag) => [`--${flag}`, flags[flag]]);
      const again = (["checkpointing", "norms"] as const).flatMap((flag) =>
        flags[flag] ? [`--${flag}`] : [],
      );
      const args = [run, "bench/fine-tune.ts", ...own, ...given, ...again];
      const out = execFileSync(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
      const line = out.toString().trim().split("\n").at(-1)!;
      keep(JSON.parse(line) as Row);
      process.stdout.write(`${line}\n`);
    }
  }
}
