import Table from "cli-table3";
import { type Command, InvalidArgumentError, Option } from "commander";
import { ForetasteError } from "../../base/errors.ts";
import type { CompressionSettings } from "../../train/compress/methods.ts";
import type { CompressionResult, Side } from "../../train/compress/run-compression.ts";
import type { Cli } from "../cli.ts";
import { type DataOptions, dataFlags, withDataOptions } from "../data-options.ts";
import { integerFrom, withExamples } from "../options.ts";
import { plainTable } from "../tables.ts";
import { defaultVectors } from "./encoders.ts";

const methods = "int8, int8-static, low-rank, prune, prune-weights, distil-bag, distil-transformer";

interface Options extends Omit<DataOptions, "encoder"> {
  readonly encoder: string;
  readonly method: string;
  readonly output: string;
  readonly keep?: number;
  readonly layers?: number;
  readonly steps?: number;
  readonly allTexts?: boolean;
  readonly tolerance: number;
  readonly agreement: number;
  readonly people: number;
  readonly seed: number;
  readonly threads: number;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** `compress` */
export function compressCommand(program: Command, cli: Cli): void {
  const command = program
    .command("compress")
    .description("make an encoder smaller or faster, and keep it only if it is as good on your data")
    .requiredOption("-e, --encoder <name>", "known name or folder of a checkpoint")
    .addOption(new Option("-m, --method <name>", "how").choices(methods.split(", ")).default("int8"))
    .requiredOption("-o, --output <folder>", "where the smaller encoder goes");
  withDataOptions(command, { encoder: false })
    .option("--keep <share>", "low-rank, prune: share that stays (default: .75)", share)
    .option("--layers <number>", "distil-transformer: layers of the student (default: 3)", integerFrom(1, 48))
    .option(
      "--steps <number>",
      "teaching after low-rank and prune, and of distil-transformer",
      integerFrom(0),
    )
    .option("--all-texts", "students learn from the texts of cold items too, never from their events")
    .option("--tolerance <share>", "share of nDCG@10 that may be lost", share, 0.05)
    .option("--agreement <cosine>", "least mean cosine with the old vectors", share, 0.5)
    .option("--people <number>", "how many are asked at most", integerFrom(10, 1_000_000), 1000)
    .option("--seed <number>", "of everything that is random", integerFrom(0), 1)
    .option("--threads <number>", "threads inside one run", integerFrom(1, 256), 1)
    .option("--force", "keep what is not good enough, and write over what is there")
    .option("--json", "print the figures as JSON")
    .action((options: Options) => run(options, cli));
  withExamples(command, [
    ["foretaste compress -e all-MiniLM-L6-v2 -o small --dataset ml-1m", "8-bit integers"],
    ["foretaste compress -e all-MiniLM-L6-v2 -m distil-bag -o bag --dataset ml-1m", "a bag of subwords"],
  ]);
}

async function run(options: Options, cli: Cli): Promise<void> {
  const { defaultCompression, compressionMethods } = await import("../../train/compress/methods.ts");
  const { runCompression } = await import("../../train/compress/run-compression.ts");
  const {
    encoder,
    output,
    tolerance,
    agreement,
    people,
    seed,
    threads,
    force = false,
    allTexts = false,
  } = options;
  const method = compressionMethods.find((name) => name === options.method)!;
  const settings = { ...defaultCompression, ...given(options) };
  const data = { name: "movietweetings", ...dataFlags(options) };
  const limits = { tolerance, agreement };
  const result = await runCompression(
    {
      encoder,
      output,
      method,
      settings,
      data,
      people,
      seed,
      threads,
      force,
      allTexts,
      ...limits,
      cache: defaultVectors,
    },
    cli.context,
  );
  if (options.json === true) cli.print(JSON.stringify(result, undefined, 2));
  else cli.print(textOf(result, cli));
  if (result.written) return cli.say(`Written to ${output}; use it with --encoder ${output}.`);
  const hint = "Nothing was written. Try a milder setting, more --steps or --all-texts, or --force.";
  const expected = "an encoder as good as before";
  throw new ForetasteError("NUMERIC", { where: method, expected, got: result.objections.join("; "), hint });
}

type Given = Partial<Pick<CompressionSettings, "keep" | "layers" | "steps">>;

function given({ keep, layers, steps }: Options): Given {
  return {
    ...(keep === undefined ? {} : { keep }),
    ...(layers === undefined ? {} : { layers }),
    ...(steps === undefined ? {} : { steps }),
  };
}

function textOf(
  { encoder, method, dataset, allTexts, before, after, difference, cosine }: CompressionResult,
  cli: Cli,
): string {
  const head = ["", "size", "texts/s", "one text", "nDCG@10 of cold items"];
  const table = new Table(plainTable(head.map(cli.colours.bold)));
  const row = (name: string, { bytes, textsPerSecond, millisecondsAlone, ndcg }: Side): string[] => [
    name,
    `${(bytes / 1e6).toFixed(1)} MB`,
    textsPerSecond.toFixed(textsPerSecond < 100 ? 1 : 0),
    `${millisecondsAlone.toFixed(2)} ms`,
    `${ndcg.mean.toFixed(4)} [${ndcg.low.toFixed(4)}, ${ndcg.high.toFixed(4)}]`,
  ];
  table.push(row(encoder, before), row(method, after));
  const change = `difference ${difference.mean.toFixed(4)} [${difference.low.toFixed(4)}, ${difference.high.toFixed(4)}]`;
  const texts = allTexts ? "texts of cold items, which students saw" : "texts that nobody learned from";
  const agree = `mean cosine with the old vectors ${cosine.mean.toFixed(4)}, on ${texts}`;
  return `${dataset}, ${before.ndcg.tasks} people\n${table.toString()}\n${change}; ${agree}`;
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError("Expected a number from 0 to 1.");
}
