import type { Command } from "commander";
import type { Cli } from "../cli.ts";
import type { Engine } from "../engine.ts";
import { defaultModels } from "../model-path.ts";
import { integerFrom, withExamples } from "../options.ts";
import { present } from "../output.ts";

interface Options {
  readonly data?: string;
  readonly seed: number;
  readonly models: string;
  readonly json?: string;
}

/** `demo` */
export function demoCommand(program: Command, cli: Cli, engine: Engine): void {
  const command = program
    .command("demo")
    .description("the whole path in about a minute: read, meta-train, compare, recommend, save")
    .option(
      "--data <folder>",
      "folder of MovieTweetings, or `synthetic` (default: FORETASTE_DATA, ../shared/data, a download)",
    )
    .option(
      "--seed <number>",
      "which people stay unseen, and everything else that is random",
      integerFrom(0),
      1,
    )
    .option("--models <folder>", "where to save the model", defaultModels)
    .option("--json <file>", "also write everything as data")
    .action(async ({ data, seed, models, json }: Options) => {
      const ctx = {
        ...cli.context,
        print: (text: string) => cli.print(text),
        colours: cli.colours.isColorSupported,
      };
      const options = { seed, models, ...(data === undefined ? {} : { data }) };
      await present(await engine.runDemo(options, ctx), json, cli);
    });
  withExamples(command, [
    ["foretaste demo", "on MovieTweetings, or on a generated world where it cannot be had"],
    ["foretaste demo --data ~/movietweetings --json demo.json", "your copy; everything also as data"],
  ]);
}
