import { availableParallelism } from "node:os";
import { type Command, InvalidArgumentError } from "commander";
import type { Cli } from "../cli.ts";
import { type DataOptions, dataFlags, withDataOptions } from "../data-options.ts";
import type { Engine } from "../engine.ts";
import { collect, integerFrom, withExamples } from "../options.ts";
import { present } from "../output.ts";

export const defaultCells: string = ".foretaste/cells";

interface Options extends DataOptions {
  readonly protocol: string;
  readonly systems?: string;
  readonly settings?: readonly string[];
  readonly draws?: number;
  readonly shots?: readonly (number | "all")[];
  readonly by?: string;
  readonly versus?: string;
  readonly seed: number;
  readonly jobs: number;
  readonly cells: string;
  readonly anyCode?: boolean;
  readonly output?: string;
  readonly json?: string | true;
}

/** `compare` */
export function compareCommand(program: Command, cli: Cli, engine: Engine): void {
  const command = program
    .command("compare")
    .description("fit systems, judge them on the same cases, and say who is better")
    .option("-p, --protocol <name>", "how they are judged", "cold-users")
    .option("-s, --systems <list>", "such as bayes-head,ease,maml:innerSteps=5 (default: all that suit)")
    .option(
      "--settings <file>",
      "TOML file with settings of a system, as `tune` writes it; repeatable",
      collect,
    )
    .option("--draws <number>", "random choices of who is asked about", integerFrom(1, 100))
    .option("--shots <list>", "how many events of each person are known, such as 0,5,all", shotList)
    .option("--by <column>", "attribute of the items that tells domains apart (cold-domain)")
    .option("--versus <system>", "also compare this one with each other one, as --systems names it");
  withDataOptions(command)
    .option("--seed <number>", "of everything that is random", integerFrom(0), 1)
    .option(
      "-j, --jobs <number>",
      "systems fitted at the same time",
      integerFrom(1, 256),
      availableParallelism(),
    )
    .option("--cells <folder>", "what was computed before", defaultCells)
    .option("--any-code", "also take what another version of the code computed")
    .option("-o, --output <folder>", "write report.md, results.json and figures there")
    .option("--json [file]", "print the figures as JSON, or write them to a file")
    .action(async ({ json, ...options }: Options) => {
      await present(await engine.runComparison(toRequest(options), comparing(cli)), json, cli);
    });
  withExamples(command, [
    ["foretaste compare", "everything that suits, on cold users"],
    ["foretaste compare --protocol melu --systems bayes-head,maml --output report", "two, with a report"],
    ["foretaste compare --systems bayes-head,bayes-head:averaging=0", "what a setting buys"],
    ["foretaste compare --versus bayes-head", "everything that suits, and one against each"],
    [
      "foretaste compare --systems bayes-head,bayes-head@use-lite",
      "what an encoder of the items' texts buys",
    ],
    ["foretaste compare --dataset mine --description mine.toml", "your own data"],
  ]);
}

function comparing({ context, clock }: Cli): Cli["context"] & Pick<Cli, "clock"> {
  return { ...context, clock };
}

function toRequest(options: Omit<Options, "json">): Parameters<Engine["runComparison"]>[0] {
  const {
    protocol,
    systems,
    settings = [],
    draws,
    shots,
    by,
    versus,
    seed,
    jobs,
    cells,
    anyCode = false,
    output,
  } = options;
  return {
    protocol,
    data: dataFlags(options),
    settings,
    seed,
    jobs,
    cells,
    anyCode,
    command: commandLine(options),
    ...(systems === undefined ? {} : { systems }),
    ...(draws === undefined ? {} : { draws }),
    ...(shots === undefined ? {} : { shots }),
    ...(by === undefined ? {} : { by }),
    ...(versus === undefined ? {} : { versus }),
    ...(output === undefined ? {} : { output }),
  };
}

/** The call that decides the same figures; folders of this machine are no part of it. */
function commandLine({
  protocol,
  systems,
  dataset,
  draws,
  shots,
  by,
  versus,
  seed,
}: Omit<Options, "json">): string {
  const flags = { protocol, systems, dataset, draws, shots: shots?.join(","), by, versus, seed };
  const given = Object.entries(flags).filter(([, value]) => value !== undefined);
  return ["foretaste compare", ...given.map(([name, value]) => `--${name} ${value}`)].join(" ");
}

/** For `--shots`: whole numbers and "all". */
export function shotList(text: string): readonly (number | "all")[] {
  const parts = text.split(",").map((part) => part.trim());
  if (parts.every((part) => /^(all|\d{1,4})$/.test(part)))
    return parts.map((part) => (part === "all" ? part : Number(part)));
  throw new InvalidArgumentError(
    "Expected whole numbers or `all` with commas between them, such as 0,5,all.",
  );
}
