import type { Predicted } from "../../data/query.ts";
import type { Metric, PooledMetric, Ranked, Truth } from "./metric.ts";

/** Share of the task's values within the predicted central 90 % interval, ends included; .9 is right, more is too wide. */
export const coverage90: Metric = ofDistributions("coverage_90", ({ low, high }, { values }) =>
  meanOf(values.length, (i) => (low[i]! <= values[i]! && values[i]! <= high[i]! ? 1 : 0)),
);

/** Mean width of the predicted central 90 % intervals, in units of the scale. */
export const width90: Metric = ofDistributions("width_90", ({ low, high }, { values }) =>
  meanOf(values.length, (i) => high[i]! - low[i]!),
);

/** Mean absolute error of the predicted medians, clipped to the scale: what the median is the best answer for. */
export const maeMedian: Metric = ofDistributions("mae_median", ({ median }, { values, scale }) =>
  meanOf(values.length, (i) => Math.abs(Math.min(scale.max, Math.max(scale.min, median[i]!)) - values[i]!)),
);

/**
 * Mean distance between nominal and observed coverage over the levels .1, .2, ..., .9, all predictions together; see
 * {@link coverageCurve}.
 */
export const coverageError: PooledMetric = {
  name: "coverage_error",
  reads: "distribution",
  depth: 0,
  record: ({ distribution }, { values }) => {
    if (distribution === undefined || values.length === 0) return undefined;
    return Float64Array.from(values, (value, i) => standing(distribution, i, value));
  },
  pool: (records) => (counts) => {
    const covered = new Float64Array(levels.length);
    let total = 0;
    records.forEach((record, task) => {
      total += counts[task]! * record.length;
      for (const at of record) {
        for (let l = 0; l < levels.length; l++) if (at <= reach[l]!) covered[l]! += counts[task]!;
      }
    });
    return meanOf(levels.length, (l) => Math.abs(covered[l]! / total - levels[l]!));
  },
};

/** Nominal levels, and how far from the median an interval of that level reaches, that of the 90 % interval being 1. */
const levels = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9] as const;
const normal = [0.12566, 0.25335, 0.38532, 0.5244, 0.67449, 0.84162, 1.03643, 1.28155, 1.64485] as const;
const reach = normal.map((z) => z / normal[8]);

export interface CoveragePoint {
  /** Share of values that the interval should hold. */
  readonly nominal: number;
  /** Share that it held. */
  readonly observed: number;
}

/**
 * Nominal against observed coverage. A ranker predicts the 90 % interval; intervals of the other levels are that one with
 * both arms shortened about the median as those of a normal distribution are, so a point below .9 also judges that shape.
 *
 * @param records of {@link coverageError}
 * @example coverageCurve(group.pooled.coverage_error.records);
 */
export function coverageCurve(records: readonly Float64Array[]): CoveragePoint[] {
  const standings = records.flatMap((record) => [...record]);
  if (standings.length === 0) return [];
  return levels.map((nominal, l) => ({
    nominal,
    observed: standings.filter((at) => at <= reach[l]!).length / standings.length,
  }));
}

/** Distance of a value from the median, in lengths of the interval's arm on its side. */
function standing({ median, low, high }: Predicted, i: number, value: number): number {
  const away = value - median[i]!;
  const arm = away < 0 ? median[i]! - low[i]! : high[i]! - median[i]!;
  return away === 0 ? 0 : Math.abs(away) / arm;
}

function ofDistributions(name: string, summarise: (predicted: Predicted, truth: Truth) => number): Metric {
  const measure = ({ distribution }: Ranked, truth: Truth): number =>
    distribution === undefined || truth.values.length === 0 ? Number.NaN : summarise(distribution, truth);
  return { name, reads: "distribution", depth: 0, measure };
}

function meanOf(count: number, at: (i: number) => number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += at(i);
  return sum / count;
}
