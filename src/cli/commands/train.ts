import { type Command, Option } from "commander";
import type { Cli } from "../cli.ts";
import { type DataOptions, dataFlags, withDataOptions } from "../data-options.ts";
import type { Engine } from "../engine.ts";
import { integerFrom, number, withExamples } from "../options.ts";
import { present } from "../output.ts";

interface Options extends DataOptions {
  readonly config?: string;
  readonly seed?: number;
  readonly output?: string;
  readonly json?: string | true;
  readonly model?: string;
}

/** Flags of hyper-parameters; commander's name of each is the key in `[model]`. */
const hyperParameters: readonly (readonly [flags: string, what: string, parse: (text: string) => unknown])[] =
  [
    ["--embedding-size <number>", "numbers that describe an item", integerFrom(1)],
    ["--epochs <number>", "at most this many passes over the training users", integerFrom(1)],
    ["--learning-rate <number>", "of the outer loop", number],
    ["--weight-decay <number>", "pull of the weights towards zero", number],
    ["--clip-norm <number>", "largest norm of a gradient", number],
    ["--batch-tasks <number>", "tasks of one meta-gradient", integerFrom(1)],
    [
      "--patience <number>",
      "epochs without a better validation before it stops; 0 never does",
      integerFrom(0),
    ],
    ["--id-dropout <number>", "how often an item is shown without its ID", number],
    ["--inner-steps <number>", "of an adaptation, where it is steps", integerFrom(0)],
    ["--inner-learning-rate <number>", "of the inner loop", number],
  ];

/** `train` */
export function trainCommand(program: Command, cli: Cli, engine: Engine): void {
  const command = program
    .command("train")
    .description("meta-train a model and save it")
    .option("-c, --config <file>", "TOML file; flags win over it")
    .option("--seed <number>", "of everything that is random", integerFrom(0))
    .option("--output <folder>", "folder of saved models");
  withDataOptions(command);
  command.option("--model <name>", "any learner: bayes-head, maml, anil, neural-process, network, ...");
  const keys = hyperParameters.map(([flags, what, parse]) => {
    const option = new Option(flags, what).argParser(parse);
    command.addOption(option);
    return option.attributeName();
  });
  command.option("--json [file]", "print the record of the run as JSON, or write it to a file");
  command.action(async (options: Options) => {
    const { readTrainConfig } = await import("../../train/read-config.ts");
    const config = await readTrainConfig(options.config, toConfig(options, keys));
    await present(await engine.runTraining(config, cli.context), options.json, cli);
  });
  withExamples(command, [
    ["foretaste train", "the Bayes head on MovieTweetings"],
    ["foretaste train --config train.toml --seed 2", "a file, with another seed"],
    ["foretaste train --model maml --inner-steps 5", "MAML"],
    ["foretaste train --dataset mine --description mine.toml", "your own data"],
  ]);
}

/** The flags as a configuration; what was not given is left out. */
function toConfig(options: Options, keys: readonly string[]): unknown {
  const given = options as unknown as Readonly<Record<string, unknown>>;
  const { seed, output, model: kind } = options;
  const settings = Object.fromEntries(
    keys.flatMap((key) => (given[key] === undefined ? [] : [[key, given[key]]])),
  );
  return withoutUndefined({
    seed,
    output,
    data: dataFlags(options),
    model: withoutUndefined({ kind, ...settings }),
  });
}

function withoutUndefined(values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
