import Table from "cli-table3";
import type { Command } from "commander";
import type { Listed } from "../../registry/registry.ts";
import type { Cli } from "../cli.ts";
import { defaultModels } from "../model-path.ts";
import { withExamples } from "../options.ts";
import { plainTable } from "../tables.ts";

/** `models list` */
export function modelsCommand(program: Command, cli: Cli): void {
  const models = program.command("models").description("look at saved models").helpCommand(false);
  const list = models
    .command("list")
    .description("list saved models, newest first")
    .option("--models <folder>", "folder of saved models", defaultModels)
    .option("--json", "print the manifests as JSON")
    .action(async (options: { readonly models: string; readonly json?: boolean }) => {
      const { listArtefacts } = await import("../../registry/registry.ts");
      const listed = await listArtefacts(options.models);
      if (options.json === true) return cli.print(JSON.stringify(listed.map(asJson), undefined, 2));
      if (listed.length > 0) return cli.print(modelTable(listed, cli));
      cli.say(
        `No saved model in ${options.models}. Make one with \`foretaste demo\` or \`foretaste train\`.`,
      );
    });
  withExamples(list, [
    ["foretaste models list", "the models in ./models"],
    ["foretaste models list --json", "with configuration, lineage and metrics"],
  ]);
}

function modelTable(listed: readonly Listed[], { colours }: Cli): string {
  const table = new Table(plainTable(["id", "kind", "made (UTC)", "size", "remark"].map(colours.bold)));
  for (const one of listed) {
    if ("problem" in one) table.push([one.id, "", "", "", colours.red(one.problem.message)]);
    else {
      const { kind, createdAt, parts, metrics } = one.manifest;
      const size = parts.reduce((sum, part) => sum + part.bytes, 0);
      table.push([one.id, kind, minuteOf(createdAt), megabytes(size), remarkOf(metrics)]);
    }
  }
  return table.toString();
}

function asJson(one: Listed): unknown {
  const { id, path } = one;
  return "manifest" in one ? { id, path, ...one.manifest } : { id, path, problem: one.problem.message };
}

function minuteOf(iso: string): string {
  return iso.slice(0, 16).replace("T", " ");
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** The plain numbers among the metrics. */
function remarkOf(metrics: Readonly<Record<string, unknown>>): string {
  return Object.entries(metrics)
    .flatMap(([name, value]) =>
      typeof value === "number" ? [`${name} ${Number(value.toPrecision(3))}`] : [],
    )
    .join(", ");
}
