import { type Command, InvalidArgumentError } from "commander";
import type { Cli } from "../cli.ts";
import type { Engine, TransferOptions } from "../engine.ts";
import { integerFrom, withExamples } from "../options.ts";
import { present } from "../output.ts";
import { defaultCells } from "./compare.ts";

interface Side {
  readonly name: string;
  readonly path?: string;
  readonly description?: string;
  readonly where?: string;
}

interface Options {
  readonly source: string;
  readonly sourceData?: string;
  readonly sourceDescription?: string;
  readonly sourceWhere?: string;
  readonly target: string;
  readonly targetData?: string;
  readonly targetDescription?: string;
  readonly targetWhere?: string;
  readonly sharedUsers?: boolean;
  readonly sharedItems?: boolean;
  readonly column?: Readonly<Record<string, string>>;
  readonly strategies?: readonly string[];
  readonly baselines?: readonly string[];
  readonly oracles?: boolean;
  readonly shares: readonly number[];
  readonly draws: number;
  readonly people: number;
  readonly seed: number;
  readonly cells: string;
  readonly output?: string;
  readonly json?: string | true;
}

/** `transfer` */
export function transferCommand(program: Command, cli: Cli, engine: Engine): void {
  const command = program
    .command("transfer")
    .description("use what one domain knows in another, and say whether it helped")
    .requiredOption("--source <name>", "data set to learn from: a known one, or any name with a description")
    .requiredOption("--target <name>", "data set whose people are to be served");
  for (const side of ["source", "target"] as const) {
    command
      .option(`--${side}-data <folder>`, `folder of the ${side}'s files`)
      .option(
        `--${side}-description <file>`,
        `TOML or JSON file that says which column of the ${side} is what`,
      )
      .option(`--${side}-where <condition>`, `only items such as genre=Drama or "year<1990"`);
  }
  command
    .option(
      "--shared-users",
      "equal ids of users are the same person: also emcdr, ptupcdr and domain-mixture",
    )
    .option("--shared-items", "equal ids of items are the same item (otherwise: equal titles)")
    .option("--column <target=source>", "item attributes that mean the same; repeatable", pair)
    .option("-s, --strategies <list>", "such as features,parameters (default: all that suit)", names)
    .option("--baselines <list>", "systems that know the target alone, to be beaten", names)
    .option("--oracles", "also ask what no source could tell better: bounds on what to expect")
    .option("--shares <list>", "of the target's training people", shareList, [0.01, 0.05, 0.2, 1])
    .option("--draws <number>", "random choices of who is cold", integerFrom(1, 100), 1)
    .option("--people <number>", "cold people who are asked at most, a draw", integerFrom(1), 1000)
    .option("--seed <number>", "of everything that is random", integerFrom(0), 1)
    .option("--cells <folder>", "what was computed before", defaultCells)
    .option("-o, --output <folder>", "write report.md, results.json and figures there")
    .option("--json [file]", "print the figures as JSON, or write them to a file")
    .action(async ({ json, ...options }: Options) => {
      const { context, clock } = cli;
      await present(await engine.runTransfer(toRequest(options), { ...context, clock }), json, cli);
    });
  withExamples(command, [
    ["foretaste transfer --source ml-1m --target movietweetings -o report", "films to films elsewhere"],
    [
      "foretaste transfer --source ml-1m --source-where genre=Drama --target ml-1m --target-where genre=Horror --shared-users --shared-items",
      "one genre to another",
    ],
    [
      "foretaste transfer --source a --source-description a.toml --target b --target-description b.toml",
      "your own data",
    ],
  ]);
}

function toRequest(options: Omit<Options, "json">): TransferOptions {
  const { sharedUsers, sharedItems, column, strategies, baselines, oracles, output } = options;
  const { shares, draws, people, seed, cells } = options;
  return {
    source: sideOf(options.source, options.sourceData, options.sourceDescription, options.sourceWhere),
    target: sideOf(options.target, options.targetData, options.targetDescription, options.targetWhere),
    shares,
    draws,
    people,
    seed,
    cells,
    command: commandLine(options),
    ...(sharedUsers && { sharedUsers }),
    ...(sharedItems && { sharedItems }),
    ...(column && { columns: column }),
    ...(strategies && { strategies }),
    ...(baselines && { baselines }),
    ...(oracles && { oracles }),
    ...(output !== undefined && { output }),
  };
}

function sideOf(name: string, path?: string, description?: string, where?: string): Side {
  return {
    name,
    ...(path !== undefined && { path }),
    ...(description !== undefined && { description }),
    ...(where !== undefined && { where }),
  };
}

/** The call that decides the same figures; folders of this machine are no part of it. */
function commandLine({ source, sourceWhere, target, targetWhere, ...rest }: Omit<Options, "json">): string {
  const { shares, draws, people, seed, sharedUsers, sharedItems, strategies, oracles } = rest;
  const flags = {
    source,
    "source-where": sourceWhere && JSON.stringify(sourceWhere),
    target,
    "target-where": targetWhere && JSON.stringify(targetWhere),
    strategies: strategies?.join(","),
    shares: shares.join(","),
    draws,
    people,
    seed,
  };
  const given = Object.entries(flags).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name} ${value}`],
  );
  const switches = { "shared-users": sharedUsers, "shared-items": sharedItems, oracles };
  const said = Object.entries(switches).flatMap(([name, on]) => (on ? [`--${name}`] : []));
  return ["foretaste transfer", ...given, ...said].join(" ");
}

function pair(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [target = "", source = ""] = text.split("=");
  if (target !== "" && source !== "") return { ...before, [target]: source };
  throw new InvalidArgumentError("Expected target=source, such as genres=genre.");
}

function names(text: string): readonly string[] {
  return text.split(",").map((part) => part.trim());
}

function shareList(text: string): readonly number[] {
  const shares = names(text).map(Number);
  if (shares.every((share) => share > 0 && share <= 1)) return shares.sort((a, b) => a - b);
  throw new InvalidArgumentError(
    "Expected shares above 0 and up to 1 with commas between them, such as 0.01,0.2,1.",
  );
}
