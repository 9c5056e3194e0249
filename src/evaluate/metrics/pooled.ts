import type { Figure, PooledMetric, Ranked, Reads, Truth } from "./metric.ts";

interface SumsOptions {
  readonly name: string;
  readonly reads: Reads;
  readonly depth?: number;
  /** What a task adds, the same number of sums for every task; undefined for a task that does not count. */
  readonly record: (ranked: Ranked, truth: Truth) => Float64Array | undefined;
  /** The figure from the sums over all tasks. */
  readonly finish: (sums: Float64Array) => number;
}

/** A pooled metric that needs nothing but sums over tasks. */
export function ofSums({ finish, depth = 0, ...rest }: SumsOptions): PooledMetric {
  return { ...rest, depth, pool: (records) => sumFigure(records, finish) };
}

function sumFigure(records: readonly Float64Array[], finish: (sums: Float64Array) => number): Figure {
  const width = records.find((record) => record.length > 0)?.length;
  if (width === undefined) return () => Number.NaN;
  return (counts) => {
    const sums = new Float64Array(width);
    records.forEach((record, task) => {
      const count = counts[task]!;
      if (record.length === 0 || count === 0) return;
      for (let i = 0; i < width; i++) sums[i]! += count * record[i]!;
    });
    return finish(sums);
  };
}

/** One prediction of a probability and what came of it. */
export interface Prediction {
  readonly probability: number;
  /** 1 when the item was liked. */
  readonly liked: 0 | 1;
}

/** Predictions of a task as a record, probability and outcome in turn; undefined when nothing was predicted. */
export function predictionRecord(
  { probability }: Ranked,
  { values, scale }: Truth,
): Float64Array | undefined {
  if (probability === undefined || values.length === 0) return undefined;
  const record = new Float64Array(2 * values.length);
  for (let i = 0; i < values.length; i++) {
    record[2 * i] = probability[i]!;
    record[2 * i + 1] = values[i]! >= scale.liked ? 1 : 0;
  }
  return record;
}

/** The inverse of {@link predictionRecord} over many tasks. */
export function predictionsIn(records: readonly Float64Array[]): Prediction[] {
  return records.flatMap((record) =>
    Array.from(
      { length: record.length / 2 },
      (_, i): Prediction => ({
        probability: record[2 * i]!,
        liked: record[2 * i + 1] === 1 ? 1 : 0,
      }),
    ),
  );
}
