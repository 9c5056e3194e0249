import { type BootstrapOptions, type PairedInterval, pairedFigures } from "./bootstrap.ts";
import { type Column, columnsOf, meanOf, metricsOf, type Slice, slicesOf } from "./columns.ts";
import type { Evaluation } from "./evaluation.ts";
import type { Figure } from "./metrics/metric.ts";
import { lowerIsBetter, type QualityRow, rowOf } from "./report.ts";

/** A figure of some of the people, or with some of the items. */
export interface GroupRow extends QualityRow {
  /** What sorts them, such as "gender", "history" or "items". */
  readonly grouping: string;
  readonly group: string;
}

/** How far apart the groups of one grouping are; `mean` is the difference in favour of the best group. */
export interface GapRow extends QualityRow {
  readonly grouping: string;
  readonly best: string;
  readonly worst: string;
}

/**
 * Every metric of every group, with intervals over its tasks.
 *
 * @example groupRows([await evaluateRanker(ranker, protocol, { ...options, groupings: defaultGroupings(protocol) })], { seed: 1 });
 */
export function groupRows(evaluations: readonly Evaluation[], options: BootstrapOptions): GroupRow[] {
  return evaluations.flatMap((evaluation) =>
    slicesOf(evaluation).flatMap((slice) =>
      metricsOf(evaluation).flatMap((metric) =>
        columnsOf(evaluation, metric, slice).map((column) => {
          const { grouping, group } = slice;
          return { ...rowOf(evaluation, metric, column, options), grouping, group };
        }),
      ),
    ),
  );
}

/** Groups of fewer tasks are nobody's worst or best group: their mean is mostly chance. */
const FEWEST = 10;

/**
 * The best and the worst group of every grouping and the gap between them, with an interval from resampling the people
 * of both together. The two groups are chosen by their means, so the gap of many equal groups is above zero by chance;
 * groups of fewer than ten tasks are left out, and so are figures that depend on how many people a group has (coverage of
 * the catalogue, Gini).
 *
 * @example gapRows([evaluation], { seed: 1 }).filter(({ low }) => low > 0);
 */
export function gapRows(evaluations: readonly Evaluation[], options: BootstrapOptions): GapRow[] {
  return evaluations.flatMap((evaluation) => {
    const byGrouping = groupBy(slicesOf(evaluation), ({ grouping }) => grouping);
    return metricsOf(evaluation).flatMap((metric) =>
      [...byGrouping.values()].flatMap((slices) => gapsOf(evaluation, metric, slices, options)),
    );
  });
}

interface Member {
  readonly group: string;
  readonly column: Column;
}

function gapsOf(
  evaluation: Evaluation,
  metric: string,
  slices: readonly Slice[],
  options: BootstrapOptions,
): GapRow[] {
  const members = slices.flatMap((slice) =>
    columnsOf(evaluation, metric, slice).map((column): Member => ({ group: slice.group, column })),
  );
  const large = members.filter(
    ({ column }) => !column.collective && column.ids.length - column.leftOut >= FEWEST,
  );
  const columns = groupBy(large, ({ column }) => `${column.state}/${column.shots}`);
  return [...columns.values()]
    .filter((groups) => groups.length > 1)
    .map((groups) => {
      const sign = lowerIsBetter(metric) ? -1 : 1;
      const sorted = groups.toSorted((a, b) => sign * (meanOf(b.column) - meanOf(a.column)));
      const [best, worst] = [sorted[0]!, sorted.at(-1)!];
      const { p: _, ...gap } = gapOf(best.column, worst.column, sign, options);
      const grouping = slices[0]!.grouping;
      const row = rowOf(evaluation, metric, best.column, { ...options, resamples: 1 });
      return { ...row, ...gap, grouping, best: best.group, worst: worst.group };
    });
}

function gapOf(best: Column, worst: Column, sign: number, options: BootstrapOptions): PairedInterval {
  const ids = [...new Set([...best.ids, ...worst.ids])];
  const at = new Map(ids.map((id, i) => [id, i]));
  const over = ({ ids: own, figure }: Column): Figure => {
    const places = Int32Array.from(own, (id) => at.get(id)!);
    const counted = new Int32Array(own.length);
    return (counts) => {
      for (let i = 0; i < places.length; i++) counted[i] = counts[places[i]!]!;
      return sign * figure(counted);
    };
  };
  return pairedFigures(over(best), over(worst), ids.length, options);
}

function groupBy<T>(values: readonly T[], keyOf: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) groups.set(keyOf(value), [...(groups.get(keyOf(value)) ?? []), value]);
  return groups;
}
