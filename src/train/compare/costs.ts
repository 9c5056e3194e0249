import type { Cost } from "../../evaluate/figures/costs.ts";
import type { Finished } from "./outcomes.ts";

/** Seconds of one fit, on average over the parts of the protocol, and the most memory of any. */
export function costsOf(done: readonly Finished[]): Cost[] {
  return done.map(({ entrant: { label, system }, cells }) => ({
    label,
    isBaseline: system.isBaseline,
    trainSeconds: cells.reduce((sum, cell) => sum + cell.trainSeconds, 0) / cells.length,
    peakMb: Math.max(...cells.map(({ peakMb }) => peakMb)),
  }));
}
