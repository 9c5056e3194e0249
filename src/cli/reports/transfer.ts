import {
  distanceTable,
  guardTable,
  meansTable,
  titleOf,
  transferRows,
  verdictLines,
} from "../../train/transfer/report.ts";
import type { TransferResult } from "../../train/transfer/run-transfer.ts";
import type { Report } from "../engine.ts";

/** What a transfer says. */
export function transferReport(result: TransferResult, report: string | undefined): Report {
  const { distance, summary, cells, computed } = result;
  const text = [
    `Transfer, ${titleOf(result)}${result.synthetic ? " (a generated world)" : ""}`,
    aligned(distanceTable(distance)),
    aligned(meansTable(summary)),
    aligned(guardTable(summary)),
    verdictLines(summary).join("\n"),
    [
      `${computed} computed, ${cells.length - computed} known from before.`,
      ...(report === undefined ? [] : [`Written to ${report}.`]),
    ].join(" "),
  ].join("\n\n");
  return { text, data: { source: result.source, target: result.target, rows: transferRows(result) } };
}

/** A table of Markdown as columns for a terminal. */
function aligned(markdown: string): string {
  const lines = markdown.replaceAll("**", "").split("\n");
  const cells = lines.map((line) =>
    line.startsWith("|") && !line.startsWith("|-") ? line.slice(2, -2).split(" | ") : undefined,
  );
  const columns = Math.max(...cells.map((row) => row?.length ?? 0));
  const widths = Array.from({ length: columns }, (_, at) =>
    Math.max(...cells.map((row) => row?.[at]?.length ?? 0)),
  );
  return lines
    .flatMap((line, at) => {
      if (line.startsWith("|-")) return [];
      return [
        cells[at]
          ?.map((cell, column) => cell.padEnd(widths[column]!))
          .join("  ")
          .trimEnd() ?? line,
      ];
    })
    .join("\n")
    .replaceAll("\\*", "*");
}
