import type { Command } from "commander";
import type { DataConfig } from "../train/config.ts";

export interface DataOptions {
  readonly dataset?: string;
  readonly data?: string;
  readonly description?: string;
  readonly encoder?: string;
}

export const folderHelp: string = "folder of its files (default: FORETASTE_DATA, ../shared/data, a download)";
export const descriptionHelp: string = "TOML or JSON file that says which column is what";

const encoderHelp: string =
  "reads the items' texts: use-lite, use-lite:title,plot; or their relations: graph, distmult, graph:genre,facts.tsv; several with + between them";

/** Adds `--dataset`, `--data` and `--description` to a command, and `--encoder` unless told. */
export function withDataOptions(
  command: Command,
  { encoder }: { encoder: boolean } = { encoder: true },
): Command {
  command
    .option("--dataset <name>", "a known data set, or `synthetic`")
    .option("--data <folder>", folderHelp)
    .option("--description <file>", descriptionHelp);
  return encoder ? command.option("--encoder <name>", encoderHelp) : command;
}

/** The keys of `DataConfig` that were given. */
export function dataFlags({ dataset, data, description, encoder }: DataOptions): Partial<DataConfig> {
  return {
    ...(dataset === undefined ? {} : { name: dataset }),
    ...(data === undefined ? {} : { path: data }),
    ...(description === undefined ? {} : { description }),
    ...(encoder === undefined ? {} : { encoder }),
  };
}
