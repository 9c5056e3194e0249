import picocolors from "picocolors";
import type { CompareResult } from "../../train/compare/compare-systems.ts";
import { resultRows } from "../../train/compare/rows.ts";
import type { Report } from "../engine.ts";
import { duelTables, qualityTables } from "./quality-table.ts";

/** What a comparison says. */
export function comparisonReport(result: CompareResult): Report {
  const { arena, dataset, quality, outcomes, computed, report } = result;
  const cells = outcomes.flatMap((one) => ("cells" in one ? one.cells : []));
  const failed = outcomes.flatMap((one) =>
    "error" in one ? [`${one.entrant.label} failed: ${one.error.message}`] : [],
  );
  const foreign = cells.filter(({ code }) => code !== result.code).length;
  const text = [
    `${arena.title}, on ${dataset.name}${dataset.synthetic ? " (a generated world)" : ""}`,
    ...(quality.rows.length === 0
      ? []
      : [qualityTables(quality, picocolors.createColors(false), arena.metrics)]),
    ...(result.duels.length === 0 ? [] : [duelTables(result.duels, picocolors.createColors(false))]),
    ...(failed.length === 0 ? [] : [failed.join("\n")]),
    [
      `${computed} computed, ${Math.max(0, cells.length + failed.length - computed)} known from before.`,
      ...(foreign === 0 ? [] : [`${foreign} of them by another version of the code.`]),
      ...(report === undefined ? [] : [`Written to ${report}.`]),
    ].join(" "),
  ].join("\n\n");
  return { text, data: { protocol: arena.name, dataset, code: result.code, rows: resultRows(result) } };
}
