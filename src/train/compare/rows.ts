import { costsOf } from "./costs.ts";
import { finished } from "./outcomes.ts";
import type { ComparisonResult } from "./run-comparison.ts";

/**
 * Long-form rows of a results file: quality with intervals, groups and their gaps, costs, comparisons with the best
 * baseline and of one system with each other one, and failures. Each names its protocol, so that files can be put together.
 */
export function resultRows({ arena, quality, groups, duels, outcomes, dataset }: ComparisonResult): object[] {
  const where = { protocol: arena.name, dataset: dataset.name };
  const done = finished(outcomes);
  const costs = costsOf(done).flatMap(({ label, isBaseline, trainSeconds, peakMb }, at) => {
    const made = { ...where, system: label, isBaseline, commit: done[at]?.cells[0]?.commit };
    return [
      { ...made, metric: "train_seconds", mean: trainSeconds },
      { ...made, metric: "peak_mb", mean: peakMb },
    ];
  });
  const failed = outcomes.flatMap((one) =>
    "error" in one ? [{ ...where, system: one.entrant.label, error: one.error.message }] : [],
  );
  return [
    ...quality.rows.map((row) => ({ ...row, ...where })),
    ...groups.rows.map((row) => ({ ...row, ...where })),
    ...groups.gaps.map((row) => ({ ...row, ...where })),
    ...costs,
    ...quality.comparisons.map((row) => ({ ...where, ...row })),
    ...duels.map((row) => ({ ...where, ...row })),
    ...failed,
  ];
}
