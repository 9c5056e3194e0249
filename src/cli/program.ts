import { readFileSync } from "node:fs";
import { Command } from "commander";
import type { Cli } from "./cli.ts";
import { coloursFor } from "./colours.ts";
import { askCommand } from "./commands/ask.ts";
import { compareCommand } from "./commands/compare.ts";
import { compressCommand } from "./commands/compress.ts";
import { dataCommand } from "./commands/data.ts";
import { demoCommand } from "./commands/demo.ts";
import { encodersCommand } from "./commands/encoders.ts";
import { evaluateCommand } from "./commands/evaluate.ts";
import { modelsCommand } from "./commands/models.ts";
import { recommendCommand } from "./commands/recommend.ts";
import { serveCommand } from "./commands/serve.ts";
import { trainCommand } from "./commands/train.ts";
import { transferCommand } from "./commands/transfer.ts";
import { tuneCommand } from "./commands/tune.ts";
import type { Engine } from "./engine.ts";
import { withExamples } from "./options.ts";
import { exitCodeOf, formatError } from "./report-error.ts";

/** Runs one command line (without the program's own name) and resolves to its exit code; never rejects. */
export async function runProgram(args: readonly string[], cli: Cli, engine?: Engine): Promise<number> {
  const program = createProgram(cli, engine);
  try {
    await program.parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    const code = exitCodeOf(error);
    cli.progress.stop();
    // Commander has said already what is wrong with the call.
    if (code !== 0 && code !== 2) cli.say(formatError(error, errorColours(cli), args.includes("--debug")));
    return code;
  }
}

const engineCommands = [
  demoCommand,
  trainCommand,
  evaluateCommand,
  compareCommand,
  tuneCommand,
  transferCommand,
  recommendCommand,
  askCommand,
  serveCommand,
];

/** All commands. Each imports what it needs when it runs, so that `--help` is instant. */
function createProgram(cli: Cli, engine: Engine | undefined): Command {
  const program = new Command("foretaste")
    .description("Recommends well to somebody it has barely met.")
    .version(version(), "-V, --version", "print the version")
    .option("--debug", "show where an error came from")
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true, helpWidth: Math.min(cli.stdout.columns ?? 100, 110) })
    .configureOutput({
      writeOut: (text) => void cli.stdout.write(text),
      writeErr: (text) => void cli.stderr.write(text),
      outputError: (text, write) => write(usageError(text, cli)),
    })
    .showHelpAfterError("Run it with --help to see how it is used.")
    .exitOverride();
  withExamples(program, [
    ["foretaste demo", "the whole path in about a minute: train, compare, recommend, save"],
    ["foretaste recommend", "type films you liked, get ten and why"],
    ["foretaste serve", "answer over HTTP on 127.0.0.1"],
  ]);
  dataCommand(program, cli);
  modelsCommand(program, cli);
  encodersCommand(program, cli);
  compressCommand(program, cli);
  if (engine !== undefined) {
    for (const add of engineCommands) add(program, cli, engine);
  }
  return program;
}

function usageError(text: string, cli: Cli): string {
  const [first = "", ...rest] = text.trimEnd().split("\n");
  const line = errorColours(cli).red(`error[USAGE] ${first.replace(/^error: /, "")}`);
  return `${[line, ...rest].join("\n")}\n`;
}

function errorColours(cli: Cli): Cli["colours"] {
  return coloursFor(cli.stderr, cli.env);
}

/** The version of the package; the source and the build lie equally deep in it. */
function version(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}
