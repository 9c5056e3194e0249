import { readFile, writeFile } from "node:fs/promises";
import Table from "cli-table3";
import type { Command } from "commander";
import { ForetasteError } from "../../base/errors.ts";
import type { Matrix } from "../../encoders/bags.ts";
import type { Cli } from "../cli.ts";
import { type DataOptions, dataFlags, withDataOptions } from "../data-options.ts";
import { collect, integerFrom, withExamples } from "../options.ts";
import { plainTable } from "../tables.ts";
import { modalitiesCommand } from "./encoder-modalities.ts";
import { fineTuneCommand } from "./fine-tune.ts";
import { imageVectors } from "./image-vectors.ts";

/** Vectors that were computed before, by encoder and text. */
export const defaultVectors: string = ".foretaste/vectors";

/** `encoders list`, `encoders embed`, `encoders rank`, `encoders modalities` and `encoders tune` */
export function encodersCommand(program: Command, cli: Cli): void {
  const encoders = program
    .command("encoders")
    .description("pretrained encoders: text to vectors")
    .helpCommand(false);
  listCommand(encoders, cli);
  embedCommand(encoders, cli);
  rankCommand(encoders, cli);
  modalitiesCommand(encoders, cli);
  fineTuneCommand(encoders, cli);
}

function listCommand(encoders: Command, cli: Cli): void {
  const list = encoders
    .command("list")
    .description("list known encoders, and whether they are here already")
    .option("--json", "print it as JSON")
    .action(async ({ json }: { readonly json?: boolean }) => {
      const { knownEncoders, isHere, encodersFolder } = await import("../../encoders/index.ts");
      const rows = knownEncoders.map((encoder) => ({ ...encoder, here: isHere(encoder.name) }));
      if (json === true) return cli.print(JSON.stringify(rows, undefined, 2));
      const table = new Table(
        plainTable(["name", "here", "width", "size", "what", "hub"].map(cli.colours.bold)),
      );
      for (const { name, here, width, megabytes, what, hubId } of rows)
        table.push([name, here ? "yes" : "no", String(width), `${megabytes} MB`, what, hubId ?? ""]);
      cli.print(table.toString());
      cli.say(
        `Any folder or hub id (owner/model) of the BERT family opens, too. Kept in ${encodersFolder()}.`,
      );
    });
  withExamples(list, [
    ["foretaste encoders list", "names, sizes, and which are here"],
    ["foretaste encoders list --json", "the same as data"],
  ]);
}

interface EmbedOptions {
  readonly encoder: string;
  readonly text?: readonly string[];
  readonly file?: string;
  readonly images?: string;
  readonly output?: string;
  readonly prompt?: string;
  readonly threads: number;
  /** False for `--no-cache`. */
  readonly cache: string | false;
}

function embedCommand(encoders: Command, cli: Cli): void {
  const embed = encoders
    .command("embed")
    .description("print the vectors of texts or images, a JSON line each, or write them to a file")
    .option("-e, --encoder <name>", "known name, folder, or owner/model of the hub", "use-lite")
    .option("-t, --text <text>", "a text; repeatable", collect)
    .option("-f, --file <file>", "a file with a text on each line; - for what is piped in")
    .option(
      "-i, --images <folder>",
      "PNG and JPEG files, their names are ids; -e is a folder with model.onnx",
    )
    .option("-o, --output <file>", "FILE.jsonl or FILE.safetensors instead of printing")
    .option("--prompt <text>", 'put before every text (default: "query: " for E5)')
    .option("--threads <number>", "threads inside one run", integerFrom(1, 256), 1)
    .option("--cache <folder>", "vectors that were computed before", defaultVectors)
    .option("--no-cache", "compute all, keep nothing")
    .action((options: EmbedOptions) => runEmbed(options, cli));
  withExamples(embed, [
    ['foretaste encoders embed --text "Two friends hunt a thief."', "one vector, offline"],
    ["foretaste encoders embed -e all-MiniLM-L6-v2 -f plots.txt -o plots.safetensors", "a file of texts"],
    ["foretaste encoders embed -e exported/clip -i posters -o posters.jsonl", "pictures, by an ONNX file"],
  ]);
}

async function runEmbed(options: EmbedOptions, cli: Cli): Promise<void> {
  const write = writerFor(options.output);
  if (options.images !== undefined) {
    const { ids, vectors } = await imageVectors(options.images, options, cli);
    return write(
      ids.map((id) => ({ id })),
      vectors,
      cli,
    );
  }
  const texts = await textsOf(options, cli);
  const { openTextEncoder } = await import("../../encoders/index.ts");
  const { threads, prompt, cache } = options;
  const run = { threads, ...(prompt === undefined ? {} : { prompt }), ...(cache === false ? {} : { cache }) };
  const encoder = await openTextEncoder(options.encoder, run, cli.context);
  try {
    const rows = texts.map((text) => ({ text }));
    await write(rows, await encoder.embed(texts, cli.context), cli);
  } finally {
    await encoder.release();
  }
}

async function textsOf({ text = [], file }: EmbedOptions, cli: Cli): Promise<string[]> {
  const lines = file === undefined ? [] : linesOf(await contentOf(file, cli));
  const texts = [...text, ...lines];
  if (texts.length > 0) return texts;
  const got = file === undefined ? "neither --text nor --file" : `none in ${file}`;
  throw new ForetasteError("CONFIG", { where: "encoders embed", expected: "at least one text", got });
}

/** Empty lines are texts, too; the break at the end begins none. */
function linesOf(content: string): string[] {
  return content === "" ? [] : content.replace(/\r?\n$/, "").split(/\r?\n/);
}

async function contentOf(file: string, { stdin }: Cli): Promise<string> {
  if (file === "-") {
    let content = "";
    for await (const piece of stdin) content += String(piece);
    return content;
  }
  return readFile(file, "utf8").catch((cause: unknown) => {
    const got = cause instanceof Error ? cause.message : String(cause);
    throw new ForetasteError("NOT_FOUND", {
      where: "--file",
      expected: "a file that can be read",
      got,
      cause,
    });
  });
}

/** What a line says besides its vector. */
type Row = { readonly text: string } | { readonly id: string };

type Writer = (rows: readonly Row[], vectors: Matrix, cli: Cli) => Promise<void> | void;

/** @throws CONFIG when the file's ending is unknown, before anything is computed */
function writerFor(output: string | undefined): Writer {
  if (output === undefined)
    return (rows, vectors, cli) => {
      for (const line of jsonLines(rows, vectors)) cli.print(line);
    };
  if (output.endsWith(".jsonl"))
    return (rows, vectors) => writeFile(output, `${jsonLines(rows, vectors).join("\n")}\n`);
  if (output.endsWith(".safetensors")) return (rows, vectors) => writeTensors(output, rows.length, vectors);
  const expected = "a name that ends in .jsonl or .safetensors";
  throw new ForetasteError("CONFIG", { where: "--output", expected, got: output });
}

function jsonLines(rows: readonly Row[], { data, width }: Matrix): string[] {
  return rows.map((row, i) =>
    JSON.stringify({ ...row, vector: Array.from(data.subarray(i * width, (i + 1) * width)) }),
  );
}

async function writeTensors(file: string, rows: number, { data, width }: Matrix): Promise<void> {
  const { encodeTensors } = await import("../../tensor/safetensors/safetensors.ts");
  await writeFile(file, encodeTensors({ vectors: { dtype: "F32", shape: [rows, width], data } }));
}

interface RankOptions extends Omit<DataOptions, "encoder"> {
  readonly encoders?: string;
  readonly seed: number;
  readonly people: number;
  readonly json?: boolean;
}

function rankCommand(encoders: Command, cli: Cli): void {
  const rank = encoders
    .command("rank")
    .description("score encoders on your data: how well they tell who will like items without any event");
  withDataOptions(rank, { encoder: false })
    .option(
      "-e, --encoders <list>",
      "names, as --encoder takes them; use ; between those with columns of their own",
    )
    .option("--seed <number>", "of which items are held out", integerFrom(0), 1)
    .option("--people <number>", "how many are asked at most", integerFrom(10, 1_000_000), 1000)
    .option("--json", "print it as JSON")
    .action((options: RankOptions) => runRank(options, cli));
  withExamples(rank, [
    ["foretaste encoders rank --dataset ml-1m", "all that are here"],
    ["foretaste encoders rank --dataset ml-1m -e 'use-lite:plot;use-lite:title,plot'", "which columns"],
  ]);
}

async function runRank({ encoders, seed, people, json, ...data }: RankOptions, cli: Cli): Promise<void> {
  const { knownEncoders, isHere } = await import("../../encoders/index.ts");
  const { rankEncoders } = await import("../../train/encoders/rank-encoders.ts");
  const { loadData } = await import("../../train/load-data.ts");
  const here = knownEncoders.map(({ name }) => name).filter((name) => isHere(name));
  const names = encoders?.split(encoders.includes(";") || encoders.includes(":") ? ";" : ",") ?? here;
  const { dataset } = await loadData({ name: "movietweetings", ...dataFlags(data) }, cli.context);
  const request = { encoders: names.map((name) => name.trim()), seed, people };
  const scores = await rankEncoders(dataset, request, { ...cli.context, clock: cli.clock });
  if (json === true) return cli.print(JSON.stringify(scores, undefined, 2));
  const head = ["encoder", "nDCG@10", "95 % interval", "people", "width", "seconds"];
  const table = new Table(plainTable(head.map(cli.colours.bold)));
  for (const { encoder, mean, low, high, tasks, width, seconds } of scores) {
    const interval = `${low.toFixed(4)} to ${high.toFixed(4)}`;
    table.push([encoder, mean.toFixed(4), interval, String(tasks), String(width || ""), seconds.toFixed(1)]);
  }
  const world = dataset.synthetic ? " Synthetic world: these numbers say nothing about real people." : "";
  cli.print(`Items without any event, ranked by content alone (${dataset.name}).${world}`);
  cli.print(table.toString());
}
