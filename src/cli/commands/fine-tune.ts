import { type Command, InvalidArgumentError, Option } from "commander";
import type { Interval } from "../../evaluate/bootstrap.ts";
import type { Change, FineTuningResult } from "../../train/fine-tune/request.ts";
import type { Cli } from "../cli.ts";
import { type DataOptions, dataFlags, withDataOptions } from "../data-options.ts";
import { integerFrom, withExamples } from "../options.ts";

const names = ["frozen", "last-k", "full", "lora", "prefix", "adapters"] as const;

interface Options extends Omit<DataOptions, "encoder"> {
  readonly encoder: string;
  readonly strategy: (typeof names)[number];
  readonly output: string;
  readonly rank: number;
  readonly layers: number;
  readonly prefix: number;
  readonly epochs: number;
  readonly patience: number;
  readonly headEpochs: number;
  readonly items: number;
  readonly maxTokens: number;
  readonly learningRate?: number;
  readonly layerDecay: number;
  readonly norms?: boolean;
  readonly checkpointing?: boolean;
  readonly people: number;
  readonly seed: number;
  readonly threads: number;
  readonly json?: boolean;
}

/** `encoders tune` */
export function fineTuneCommand(encoders: Command, cli: Cli): void {
  const command = encoders
    .command("tune")
    .description("fine-tune an encoder on your data, together with the head that reads it")
    .requiredOption("-e, --encoder <name>", "known name or folder of a checkpoint")
    .requiredOption("-o, --output <folder>", "where what was changed goes")
    .addOption(new Option("-s, --strategy <name>", "what is trained").choices(names).default("lora"));
  withDataOptions(command, { encoder: false })
    .option("--rank <number>", "lora, adapters: numbers between their two maps", integerFrom(1, 1024), 8)
    .option("--norms", "lora: train the layer norms beside the maps, too")
    .option("--layers <number>", "last-k: how many, from the end", integerFrom(1, 100), 2)
    .option("--prefix <number>", "prefix: keys and values before a text", integerFrom(1, 1024), 8)
    .option("--epochs <number>", "passes over the items at most", integerFrom(1, 1000), 4)
    .option(
      "--patience <number>",
      "epochs without a better result on held-out items",
      integerFrom(0, 1000),
      2,
    )
    .option("--head-epochs <number>", "passes of the head over vectors, at most", integerFrom(1, 1000), 60)
    .option("--items <number>", "items of a step", integerFrom(4, 4096), 128)
    .option("--max-tokens <number>", "tokens of a text that are read", integerFrom(4, 512), 48)
    .option("--learning-rate <number>", "of the encoder; each strategy has its own", positive)
    .option("--layer-decay <number>", "a layer's rate as a share of the next one's", positive, 1)
    .option("--checkpointing", "less memory for a third more time")
    .option("--people <number>", "how many are asked in the end, at most", integerFrom(10, 1_000_000), 1000)
    .option("--seed <number>", "of everything that is random", integerFrom(0), 1)
    .option("--threads <number>", "threads inside one run", integerFrom(1, 256), 2)
    .option("--json", "print the figures as JSON")
    .action((options: Options) => run(options, cli));
  withExamples(command, [
    ["foretaste encoders tune -e all-MiniLM-L6-v2 -o mine --dataset ml-1m", "LoRA"],
    ["foretaste encoders tune -e all-MiniLM-L6-v2 -s last-k --layers 1 -o mine --dataset ml-1m", "one layer"],
  ]);
}

async function run(options: Options, cli: Cli): Promise<void> {
  const { defaultStrategySettings, strategyRate } = await import(
    "../../encoders/pretrained/strategies/strategies.ts"
  );
  const { runFineTuning } = await import("../../train/fine-tune/run-fine-tuning.ts");
  const { rank, norms = false, layers, prefix, checkpointing = false, ...more } = options;
  const { json, dataset, data, description, ...rest } = more;
  const result = await runFineTuning(
    {
      ...rest,
      learningRate: rest.learningRate ?? strategyRate[rest.strategy],
      checkpointing,
      settings: { ...defaultStrategySettings, rank, alpha: 2 * rank, norms, layers, prefix },
      data: { name: "movietweetings", ...dataFlags({ dataset, data, description } as DataOptions) },
      checkpoint: `${options.output}.run/state`,
    },
    cli.context,
  );
  cli.print(json === true ? JSON.stringify(result, undefined, 2) : textOf(result));
  if (options.strategy !== "frozen" && result.bestEpoch === 0)
    cli.say("No epoch was better than the base on held-out items: the delta changes nothing.");
  cli.say(`Written to ${options.output}; use it with --encoder ${options.output}.`);
}

function textOf({ strategy, trained, share, head, linear, valid, ...rest }: FineTuningResult): string {
  const interval = ({ mean, low, high }: Interval): string =>
    `${mean.toFixed(4)} [${low.toFixed(4)}, ${high.toFixed(4)}]`;
  const line = ({ before, after, difference }: Change): string =>
    `${interval(before)} before, ${interval(after)} now, difference ${interval(difference)}`;
  return [
    `${strategy}: ${trained.toLocaleString("en")} numbers trained, ${(100 * share).toFixed(2)} % of the encoder; best epoch ${rest.bestEpoch}`,
    "nDCG@10 of items without any event:",
    `  by a closed-form head on vectors   ${line(head)}`,
    `  by a linear map of the vectors     ${line(linear)}`,
    `loss of held-out items: ${valid.before.toFixed(4)} before, ${valid.after.toFixed(4)} now; ${rest.steps} steps of ${rest.secondsPerStep.toFixed(1)} s`,
  ].join("\n");
}

function positive(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value > 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError("Expected a number above zero.");
}
