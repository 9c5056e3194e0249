import Table from "cli-table3";
import { type Command, Option } from "commander";
import type { ModalityReport, ModalityRow } from "../../train/encoders/modalities.ts";
import type { Cli } from "../cli.ts";
import { type DataOptions, dataFlags, withDataOptions } from "../data-options.ts";
import { integerFrom, withExamples } from "../options.ts";
import { plainTable } from "../tables.ts";

interface ModalitiesOptions extends DataOptions {
  readonly fusion: "sum" | "gate";
  readonly words?: boolean;
  readonly seed: number;
  readonly people: number;
  readonly json?: boolean;
}

/** `encoders modalities` */
export function modalitiesCommand(encoders: Command, cli: Cli): void {
  const modalities = encoders
    .command("modalities")
    .description("what each attribute, each encoder's vectors and the ID of items do for the Bayes head");
  withDataOptions(modalities)
    .addOption(
      new Option("--fusion <way>", "how they become one vector").choices(["gate", "sum"]).default("gate"),
    )
    .option("--words", "read the words of texts, too")
    .option("--seed <number>", "of who and what is held out", integerFrom(0), 1)
    .option("--people <number>", "how many are asked at most", integerFrom(10, 1_000_000), 1000)
    .option("--json", "print it as JSON")
    .action((options: ModalitiesOptions) => runModalities(options, cli));
  withExamples(modalities, [
    ["foretaste encoders modalities --dataset ml-1m --encoder use-lite", "do the vectors pay?"],
    ["foretaste encoders modalities --description shop.toml --json", "your own images and sounds, as data"],
  ]);
}

async function runModalities(options: ModalitiesOptions, cli: Cli): Promise<void> {
  const { fusion, words = false, seed, people, json, ...data } = options;
  const { modalityReport } = await import("../../train/encoders/modalities.ts");
  const { loadData } = await import("../../train/load-data.ts");
  const { dataset } = await loadData({ name: "movietweetings", ...dataFlags(data) }, cli.context);
  const request = { seed, people, model: { fusion, words } };
  const { values: _, ...report } = await modalityReport(dataset, request, cli.context);
  if (json === true) return cli.print(JSON.stringify(report, undefined, 2));
  const world = dataset.synthetic ? " Synthetic world: these numbers say nothing about real people." : "";
  cli.print(`Held-out people of ${dataset.name}, ${qualityOf(report)}.${world}`);
  cli.print(tableOf(report.modalities, cli));
  cli.print("Gates and shares sum to one over the modalities. Loss: nDCG@10 when nothing is known of it.");
}

function qualityOf({ quality }: Pick<ModalityReport, "quality">): string {
  const states = Object.entries(quality).map(
    ([state, { mean, tasks }]) => `${state} ${mean.toFixed(4)} (${tasks} people)`,
  );
  return `nDCG@10: ${states.join(", ")}`;
}

function tableOf(rows: readonly ModalityRow[], { colours }: Cli): string {
  const states = Object.keys(rows[0]?.loss ?? {});
  const head = ["modality", "has it", "gate warm", "cold", "share warm", "cold"];
  const table = new Table(plainTable([...head, ...states.map((state) => `loss ${state}`)].map(colours.bold)));
  for (const { modality, warm, cold, loss } of rows) {
    const numbers = [warm.gate, cold.gate, warm.share, cold.share].map((x) => x.toFixed(2));
    const losses = Object.values(loss).map(
      ({ mean, low, high }) => `${mean.toFixed(4)} (${low.toFixed(4)} to ${high.toFixed(4)})`,
    );
    table.push([modality, `${(100 * warm.present).toFixed(0)} %`, ...numbers, ...losses]);
  }
  return table.toString();
}
