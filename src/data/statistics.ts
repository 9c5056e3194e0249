import { check } from "../base/errors.ts";
import type { Scale } from "./dataset.ts";
import type { TrainingDataset } from "./splits/training.ts";

/** Mean and standard deviation of the values that are there; `deviation` is 1 where all are equal, so that it divides. */
export interface Moments {
  readonly count: number;
  readonly mean: number;
  readonly deviation: number;
}

/** Missing values (`NaN`) are left out; of nothing at all the mean is 0. */
export function momentsOf(values: Iterable<number>): Moments {
  let [count, mean, squares] = [0, 0, 0];
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    count++;
    const step = value - mean;
    mean += step / count;
    squares += step * (value - mean);
  }
  const deviation = count === 0 ? 0 : Math.sqrt(squares / count);
  return { count, mean, deviation: deviation > 0 ? deviation : 1 };
}

/** Of the training values. */
export function fitValueMoments(training: TrainingDataset): Moments {
  return momentsOf(training.interactions.value);
}

/**
 * Of a numeric column, over the rows with a training event only.
 *
 * @throws ForetasteError NOT_FOUND when there is no such numeric column
 */
export function fitColumnMoments(training: TrainingDataset, side: "users" | "items", name: string): Moments {
  const column = training[side].columns[name];
  check(column?.kind === "numeric", "NOT_FOUND", () => ({
    where: `${training.name}: ${side}`,
    expected: `a numeric column "${name}"`,
    got: column === undefined ? "none of this name" : `a ${column.kind} one`,
  }));
  const { values } = column;
  const rows = side === "users" ? training.warmUsers : training.warmItems;
  return momentsOf(Array.from(rows, (row) => values[row]!));
}

/** A value on the scale as a number in [0, 1]. */
export function toUnit({ min, max }: Scale, value: number): number {
  return max > min ? (value - min) / (max - min) : 0;
}

/** The inverse of {@link toUnit}. */
export function fromUnit({ min, max }: Scale, unit: number): number {
  return min + unit * (max - min);
}
