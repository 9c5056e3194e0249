import { availableParallelism } from "node:os";
import { type Command, Option } from "commander";
import type { TuneOptions } from "../../train/tune/tune-system.ts";
import type { Cli } from "../cli.ts";
import { type DataOptions, dataFlags, withDataOptions } from "../data-options.ts";
import type { Engine } from "../engine.ts";
import { integerFrom, withExamples } from "../options.ts";
import { present } from "../output.ts";
import { shotList } from "./compare.ts";

interface Options extends DataOptions, Omit<TuneOptions, "data" | "effortOf" | "study" | "output"> {
  readonly effort: TuneOptions["effortOf"];
  readonly study?: string;
  readonly output?: string;
  readonly json?: string | true;
}

/** `tune` */
export function tuneCommand(program: Command, cli: Cli, engine: Engine): void {
  const command = program
    .command("tune")
    .description("search the settings of a system on people held out from training")
    .requiredOption("-s, --system <name>", "such as bayes-head, or maml:innerSteps=5 to hold a setting")
    .option("-p, --protocol <name>", "how it is judged", "cold-users")
    .option("--trials <number>", "settings to try; the first are the defaults", integerFrom(1, 100_000), 40)
    .addOption(
      new Option("--search <method>", "how settings are chosen")
        .choices(["tpe", "random", "halving"])
        .default("tpe"),
    )
    .addOption(
      new Option("--effort <what>", "what halving gives less of at first")
        .choices(["people", "epochs"])
        .default("people"),
    )
    .option("--metric <name>", "what is searched for (default: the protocol's first)")
    .option("--state <name>", "judge this state only, such as cold-user")
    .option("--shots <list>", "how many events of each person are known, such as 0,5,all", shotList)
    .option("--by <column>", "attribute of the items that tells domains apart (cold-domain)")
    .option("--draws <number>", "random choices of the test, all of them kept out", integerFrom(1, 100))
    .option("--space <file>", "TOML file of ranges (default: the system's own)");
  withDataOptions(command)
    .option("--seed <number>", "of everything that is random", integerFrom(0), 1)
    .option("-j, --jobs <number>", "trials at the same time", integerFrom(1, 256), availableParallelism())
    .option(
      "--study <file>",
      "every trial, a line each; goes on from there (default: studies/<system>-...jsonl)",
    )
    .option("-o, --output <file>", "the best settings as TOML (default: beside the study)")
    .option("--json [file]", "print the study as JSON, or write it to a file")
    .action(async ({ json, ...options }: Options) => {
      await present(await engine.runTuning(toOptions(options), cli.context), json, cli);
    });
  withExamples(command, [
    ["foretaste tune --system maml --protocol melu --trials 40", "forty trials chosen by TPE"],
    ["foretaste tune --system bayes-head --search halving", "bad trials end early"],
    ["foretaste compare --systems maml --settings studies/maml-melu-tpe.toml", "the settings it found"],
  ]);
}

/** A study of another question has another file. */
function toOptions({ effort, ...options }: Omit<Options, "json">): TuneOptions {
  const { system, protocol, search, dataset, data: _, description: __, ...rest } = options;
  const name = [system.replaceAll(/[^a-z0-9.-]+/gi, "-"), protocol, dataset, search]
    .filter(Boolean)
    .join("-");
  const study = options.study ?? `studies/${name}.jsonl`;
  const output = options.output ?? study.replace(/(\.jsonl)?$/, ".toml");
  return { ...rest, system, protocol, search, data: dataFlags(options), effortOf: effort, study, output };
}
