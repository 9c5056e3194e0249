import picocolors from "picocolors";
import type { EvaluationResult } from "../../train/run-evaluation.ts";
import type { Report } from "../engine.ts";
import { qualityTables } from "./quality-table.ts";

/** What an evaluation says. */
export function evaluationReport({ model, prepared, protocol, quality }: EvaluationResult): Report {
  const { name, synthetic } = prepared.dataset;
  const head = `${model} on the unseen people of ${name}${synthetic ? " (a generated world)" : ""}, protocol ${protocol.name}`;
  return {
    text: `${head}\n\n${qualityTables(quality, picocolors.createColors(false))}`,
    data: {
      model,
      dataset: { name, synthetic, hash: prepared.dataset.hash },
      ...quality,
    },
  };
}
