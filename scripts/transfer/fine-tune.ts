import { strategyRate } from "../../src/encoders/pretrained/strategies/strategies.ts";
import type { StrategyName } from "../../src/encoders/pretrained/strategies/strategy.ts";
import type { Results } from "../results/page.ts";

interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

interface Change {
  readonly before: Interval;
  readonly after: Interval;
  readonly difference: Interval;
}

interface Row {
  readonly strategy: StrategyName;
  readonly seed: number;
  readonly checkpointing: boolean;
  /** LoRA: the layer norms were trained, too. */
  readonly norms?: boolean;
  readonly trained: number;
  readonly share: number;
  readonly head: Change;
  readonly linear: Change;
  readonly secondsPerStep: number;
  readonly steps: number;
  readonly learningRate: number;
  readonly peakMb: number;
}

/** `bench/results/fine-tune.json`. */
export interface FineTuneResults extends Omit<Results, "rows"> {
  readonly rows: readonly Row[];
}

/** Share of full fine-tuning's gain that LoRA is to keep. */
const LORA_GOAL = 0.95;

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const interval = ({ mean, low, high }: Interval): string =>
  `${mean.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;

/** A line a strategy, means over seeds; the gain of each seed with its interval over people. */
export function fineTuneSection(results: FineTuneResults): string {
  const { what, command, commit, date, machine } = results;
  const { cpu, cores, memoryGb, node } = machine;
  const head = `${what}. Items of a fifth of the catalogue without any event; the gain of each seed with its interval over the same people. Means are over the seeds a strategy has: compare gains, seed by seed. Times were taken on a shared machine. \`${command}\`, commit ${commit}, ${date.slice(0, 10)}, ${cpu}, ${cores} cores, ${memoryGb} GiB, Node ${node}.`;
  const titles = [
    "strategy",
    "trained",
    "share",
    "rate",
    "nDCG@10, linear",
    "gain by seed",
    "nDCG@10, head",
    "gain by seed",
    "s a step",
    "peak MB",
  ];
  const lines = strategiesOf(results.rows).map(lineOf);
  return [
    head,
    "",
    ...goalLines(results.rows),
    "",
    `| ${titles.join(" | ")} |`,
    `|${"---|".repeat(titles.length)}`,
    ...lines,
  ].join("\n");
}

/** What LoRA keeps of full fine-tuning's gain, at the rates they ship with, over the seeds that both have; with the norms, where that was measured. */
function goalLines(rows: readonly Row[]): string[] {
  return [...goalLine(rows, false), ...goalLine(rows, true)];
}

function goalLine(rows: readonly Row[], withNorms: boolean): string[] {
  const of = (name: StrategyName, trained = false): readonly Row[] =>
    rows.filter(
      ({ strategy, checkpointing, norms = false, learningRate }) =>
        strategy === name && !checkpointing && norms === trained && learningRate === strategyRate[strategy],
    );
  const full = of("full");
  const lora = of("lora", withNorms).filter(({ seed }) => full.some((row) => row.seed === seed));
  const both = full.filter(({ seed }) => lora.some((row) => row.seed === seed));
  // One seed says too little of a goal.
  if (both.length < 2) return [];
  const kept = (key: "linear" | "head"): number =>
    mean(lora.map((row) => row[key].difference.mean)) / mean(both.map((row) => row[key].difference.mean));
  const said = (key: "linear" | "head"): string =>
    `${(100 * kept(key)).toFixed(1)} % (${kept(key) >= LORA_GOAL ? "reached" : "not reached"})`;
  return [
    `- LoRA${withNorms ? " with the layer norms" : ""}, goal ${100 * LORA_GOAL} % of the mean gain of full fine-tuning, with less than 2 % of its numbers: ${said("linear")} by a linear map of the vectors, ${said("head")} by a closed-form head on them, over ${both.length} seeds that differ widely.`,
  ];
}

function strategiesOf(rows: readonly Row[]): readonly (readonly [name: string, own: readonly Row[]])[] {
  const nameOf = ({ strategy, norms, checkpointing, learningRate }: Row): string => {
    const rate = learningRate === strategyRate[strategy] ? [] : [`rate ${learningRate}`];
    return [strategy, ...(norms ? ["norms"] : []), ...(checkpointing ? ["checkpointing"] : []), ...rate].join(
      ", ",
    );
  };
  return [...new Set(rows.map(nameOf))].map((name) => [
    name,
    rows.filter((row) => nameOf(row) === name).sort((a, b) => a.seed - b.seed),
  ]);
}

function lineOf([name, own]: readonly [name: string, own: readonly Row[]]): string {
  const { trained, share, steps, learningRate } = own[0]!;
  const scorer = (key: "head" | "linear"): string[] => [
    mean(own.map((row) => row[key].after.mean)).toFixed(4),
    steps === 0 ? "" : own.map((row) => interval(row[key].difference)).join("; "),
  ];
  const cells = [
    name,
    trained.toLocaleString("en"),
    `${(100 * share).toFixed(2)} %`,
    steps === 0 ? "" : String(learningRate),
    ...scorer("linear"),
    ...scorer("head"),
    steps === 0 ? "" : mean(own.map((row) => row.secondsPerStep)).toFixed(1),
    String(Math.max(...own.map((row) => row.peakMb))),
  ];
  return `| ${cells.join(" | ")} |`;
}
