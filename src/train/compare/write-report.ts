import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { drawFigure } from "../../evaluate/figures/draw.ts";
import { resultsText } from "../../evaluate/results.ts";
import { figuresOf } from "./figures-of.ts";
import { type Drawn, reportMarkdown } from "./markdown.ts";
import { resultRows } from "./rows.ts";
import type { ComparisonResult } from "./run-comparison.ts";

export interface ReportOptions {
  /** Folder; made when it is not there. */
  readonly output: string;
  /** The command that makes it again. */
  readonly command: string;
  /** Unix time in milliseconds. */
  readonly now: number;
}

/**
 * Writes `report.md`, `results.json` and `figures/*.svg` of a comparison.
 *
 * @returns the path of the report
 */
export async function writeReport(
  result: ComparisonResult,
  { output, command, now }: ReportOptions,
): Promise<string> {
  const figures = join(output, "figures");
  await mkdir(figures, { recursive: true });
  const old = (await readdir(figures)).filter((file) => file.endsWith(".svg"));
  for (const file of old) await rm(join(figures, file));
  const drawn: Drawn[] = [];
  for (const figure of figuresOf(result)) {
    const file = `figures/${figure.name}.svg`;
    await writeFile(join(output, file), await drawFigure(figure));
    drawn.push({ file, caption: figure.caption });
  }
  const what = `${result.arena.title}: ${result.request.entrants.length} systems on ${result.dataset.name}`;
  const clock = { now: () => now };
  await writeFile(join(output, "results.json"), resultsText({ what, command, clock }, resultRows(result)));
  const path = join(output, "report.md");
  await writeFile(path, reportMarkdown(result, drawn, new Date(now).toISOString()));
  return path;
}
