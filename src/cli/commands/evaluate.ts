import { type Command, InvalidArgumentError } from "commander";
import type { Cli } from "../cli.ts";
import { type DataOptions, dataFlags, withDataOptions } from "../data-options.ts";
import type { Engine } from "../engine.ts";
import { findModel, type ModelOptions, withModelOptions } from "../model-path.ts";
import { withExamples } from "../options.ts";
import { present } from "../output.ts";

interface Options extends ModelOptions, DataOptions {
  readonly shots?: readonly number[];
  readonly json?: string | true;
}

/** `evaluate` */
export function evaluateCommand(program: Command, cli: Cli, engine: Engine): void {
  const command = withModelOptions(
    program.command("evaluate").description("judge a saved model on people it has not seen"),
  );
  withDataOptions(command)
    .option("--shots <list>", "how many events of each person it may see, such as 0,1,3", shotList)
    .option("--json [file]", "print the figures as JSON, or write them to a file")
    .action(async (options: Options) => {
      const flags = dataFlags(options);
      const model = await findModel(options);
      const request = {
        model,
        ...(Object.keys(flags).length === 0 ? {} : { data: flags }),
        ...(options.shots === undefined ? {} : { shots: options.shots }),
      };
      await present(await engine.runEvaluation(request, cli.context), options.json, cli);
    });
  withExamples(command, [
    ["foretaste evaluate", "the newest model on the data it was trained on"],
    ["foretaste evaluate --model films --shots 1,5", "another one, at 1 and 5 events"],
    ["foretaste evaluate --json figures.json", "with the figures as data"],
  ]);
}

function shotList(text: string): readonly number[] {
  const shots = text.split(",").map((part) => part.trim());
  if (shots.every((part) => /^\d{1,4}$/.test(part))) return shots.map(Number);
  throw new InvalidArgumentError("Expected whole numbers with commas between them, such as 0,1,3.");
}
