import { ForetasteError } from "../../base/errors.ts";
import { comparePairs, pairMetrics } from "../../evaluate/protocols/pair-report.ts";
import { type Comparison, compareToBest } from "../../evaluate/report.ts";
import type { Arena } from "./arena.ts";
import type { Entrant } from "./entrants.ts";
import { evaluationOf, finished, type Outcome, pairsOf } from "./outcomes.ts";

/** How one system stands against another; `mean` is the difference in favour of `system`, whichever way the metric points. */
export interface Duel extends Omit<Comparison, "baseline"> {
  readonly over: string;
}

/**
 * The entrant of that label against each other one, by the metrics of the protocol and a paired bootstrap over tasks.
 * None where it failed.
 *
 * @example duelsOf(outcomes, arena, { versus: "bayes-head", seed: 1 }).filter((duel) => duel.star);
 */
export function duelsOf(
  outcomes: readonly Outcome[],
  { kind, metrics }: Arena,
  { versus, seed }: { readonly versus: string; readonly seed: number },
): Duel[] {
  const done = finished(outcomes);
  const own = done.find(({ entrant }) => entrant.label === versus);
  if (own === undefined) return [];
  return done
    .filter((other) => other !== own)
    .flatMap((other) =>
      kind === "pairs"
        ? pairMetrics.flatMap((metric) => comparePairs([pairsOf(own)], [pairsOf(other)], metric, { seed }))
        : metrics.flatMap((metric) =>
            compareToBest([evaluationOf(own)], [evaluationOf(other)], metric, { seed }),
          ),
    )
    .map(({ baseline: over, ...duel }) => ({ ...duel, over }));
}

/** @throws NOT_FOUND when it does not take part */
export function checkVersus(versus: string, entrants: readonly Entrant[]): void {
  const labels = entrants.map(({ label }) => label);
  if (labels.includes(versus)) return;
  throw new ForetasteError("NOT_FOUND", {
    where: "versus",
    expected: `one of the systems that take part: ${labels.join(", ")}`,
    got: versus,
  });
}
