import { writeFile } from "node:fs/promises";
import { ForetasteError } from "../base/errors.ts";
import type { Cli } from "./cli.ts";
import type { Report } from "./engine.ts";

/**
 * Prints a report as text, or as JSON when `--json` came without a file; with a file, both.
 *
 * @param json what commander makes of `--json [file]`: absent, `true`, or the file
 */
export async function present(report: Report, json: string | true | undefined, cli: Cli): Promise<void> {
  if (json === true) return cli.print(toJson(report));
  if (report.text !== "") cli.print(report.text);
  if (json === undefined) return;
  await writeJson(json, report);
  cli.say(`Written to ${json}.`);
}

async function writeJson(file: string, report: Report): Promise<void> {
  try {
    await writeFile(file, `${toJson(report)}\n`);
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    throw new ForetasteError("CONFIG", {
      where: "--json",
      expected: "a file that can be written",
      got,
      cause,
    });
  }
}

function toJson({ data }: Report): string {
  return JSON.stringify(data, undefined, 2);
}
