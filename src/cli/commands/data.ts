import type { Command } from "commander";
import type { Cli } from "../cli.ts";
import { dataFlags, descriptionHelp, folderHelp } from "../data-options.ts";
import { withExamples } from "../options.ts";

interface Options {
  readonly data?: string;
  readonly description?: string;
  readonly json?: boolean;
}

/** `data describe` */
export function dataCommand(program: Command, cli: Cli): void {
  const data = program.command("data").description("look at data sets").helpCommand(false);
  const describe = data
    .command("describe")
    .description("print what a data set looks like and what cleaning did to it")
    .argument("[name]", "a known data set, or `synthetic`", "movietweetings")
    .option("--data <folder>", folderHelp)
    .option("--description <file>", descriptionHelp)
    .option("--json", "print it as JSON")
    .action(async (name: string, options: Options) => {
      const { loadData } = await import("../../train/load-data.ts");
      const { describeDataset } = await import("../../data/describe.ts");
      const { formatDescription } = await import("../../data/format-description.ts");
      const { dataset, source, report } = await loadData({ name, ...dataFlags(options) }, cli.context);
      const description = describeDataset(dataset);
      cli.say(`from ${source}`);
      if (options.json === true) cli.print(JSON.stringify({ description, report }, undefined, 2));
      else cli.print(formatDescription(description, report));
    });
  withExamples(describe, [
    ["foretaste data describe", "MovieTweetings, wherever it is found"],
    ["foretaste data describe ml-1m --data ~/data", "a known data set in your folder"],
    ["foretaste data describe mine --description mine.toml", "your own files"],
    ["foretaste data describe synthetic --json", "the generated world, as data"],
  ]);
}
