import type { Metric, Ranked, Truth } from "./metric.ts";

/** Mean absolute error of predictions clipped to the scale: mean_i |clip(p_i) - v_i|. */
export const mae: Metric = ofValues("mae", (errors) => mean(errors.map(Math.abs)), true);

/**
 * The same with predictions rounded to whole numbers first. On a scale of whole numbers this alone lowers the absolute
 * error of any expected value, so it stands in a column of its own.
 */
export const maeRounded: Metric = ofValues(
  "mae_rounded",
  (errors) => mean(errors.map(Math.abs)),
  true,
  Math.round,
);

/** Root mean squared error within the task, predictions as they are: sqrt(mean_i (p_i - v_i)^2). */
export const rmse: Metric = ofValues("rmse", (errors) => Math.sqrt(mean(errors.map((e) => e * e))), false);

function ofValues(
  name: string,
  summarise: (errors: Float64Array) => number,
  clipped: boolean,
  shape: (prediction: number) => number = (p) => p,
): Metric {
  const measure = ({ predicted }: Ranked, { values, scale }: Truth): number => {
    if (predicted === undefined || values.length === 0) return Number.NaN;
    const { min, max } = clipped ? scale : { min: -Infinity, max: Infinity };
    return summarise(
      Float64Array.from(values, (v, i) => Math.min(max, Math.max(min, shape(predicted[i]!))) - v),
    );
  };
  return { name, reads: "values", depth: 0, measure };
}

function mean(values: Float64Array): number {
  return values.reduce((sum, v) => sum + v, 0) / values.length;
}
