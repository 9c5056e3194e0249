import { ForetasteError } from "../base/errors.ts";
import { asSchedule, type Schedule } from "./schedules.ts";
import type { AdamMoments } from "./transforms.ts";

/** Gradients of some rows of a table. Equal row numbers add up. */
export interface RowGradients {
  readonly rows: Int32Array;
  /** `[rows.length, width]` */
  readonly values: Float32Array;
}

/** Moments of the whole table, `[rows, width]` each, and how often what was moved. */
export type RowAdamState = {
  /** Updates so far; drives the schedule. */
  readonly step: number;
  /** Updates of each row so far; drives its bias correction. `[rows of the table]` */
  readonly steps: Int32Array;
  readonly mean: Float32Array;
  readonly variance: Float32Array;
};

/** Adam's, and decay of the rows that are touched. */
export interface RowAdamOptions extends AdamMoments {
  readonly learningRate: number | Schedule;
  /** Decoupled, on touched rows only: such a row also loses `learningRate * weightDecay` of itself. */
  readonly weightDecay?: number;
}

/** An optimiser of some rows at a time; unlike a `Transform` it works in place, because tables are large. */
export interface RowOptimiser {
  /** @param table `[rows, width]` */
  init(table: Float32Array, width: number): RowAdamState;
  /**
   * Changes the touched rows of `table` and of the state's arrays **in place**; returns the state with its step
   * counted on. Copy a state before the next update to keep it.
   *
   * @throws SHAPE when the rows do not exist or the sizes do not fit
   */
  update(grads: RowGradients, state: RowAdamState, table: Float32Array): RowAdamState;
}

/**
 * Adam for embedding tables too large to touch whole: rows without a gradient stay as they are, moments included. A row
 * `r` that has one moves as by Adam (Kingma and Ba 2015, alg. 1) with `t` its own count of updates:
 * `p_r <- p_r - learningRate (m_r / (sqrt(v_r) + epsilon) + weightDecay p_r)`, both moments divided by `1 - beta^t`.
 * So it moves exactly as it would under dense Adam fed with only its own gradients; a rare row's first step is one
 * learning rate long however late it comes.
 *
 * @param options as for `adamW`; the schedule counts updates of the table, not of a row
 * @example
 * const optimiser = rowAdam({ learningRate: 1e-3 });
 * let state = optimiser.init(table, 32);
 * state = optimiser.update({ rows, values }, state, table);
 */
export function rowAdam(options: RowAdamOptions): RowOptimiser {
  const schedule = asSchedule(options.learningRate);
  return {
    init(table, width) {
      const rows = table.length / width;
      if (!Number.isInteger(rows))
        throw misfit("table", `whole rows of ${width}`, `${table.length} elements`);
      const [mean, variance] = [new Float32Array(table.length), new Float32Array(table.length)];
      return { step: 0, steps: new Int32Array(rows), mean, variance };
    },
    update(grads, state, table) {
      checkSizes(grads, state, table);
      const { rows, values } = addUp(grads);
      const width = table.length / Math.max(state.steps.length, 1);
      const learningRate = schedule(state.step);
      for (let i = 0; i < rows.length; i++) {
        state.steps[rows[i]!]!++;
        const gradient = values.subarray(i * width, (i + 1) * width);
        moveRow(rows[i]!, gradient, { state, table, learningRate, options });
      }
      return { ...state, step: state.step + 1 };
    },
  };
}

interface Move {
  readonly state: RowAdamState;
  readonly table: Float32Array;
  readonly learningRate: number;
  readonly options: RowAdamOptions;
}

function moveRow(row: number, gradient: Float32Array, { state, table, learningRate, options }: Move): void {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0 } = options;
  const { mean, variance, steps } = state;
  const [first, second] = [1 - beta1 ** steps[row]!, 1 - beta2 ** steps[row]!];
  for (let j = 0, at = row * gradient.length; j < gradient.length; j++, at++) {
    const g = gradient[j]!;
    mean[at] = beta1 * mean[at]! + (1 - beta1) * g;
    variance[at] = beta2 * variance[at]! + (1 - beta2) * g * g;
    const direction = mean[at]! / first / (Math.sqrt(variance[at]! / second) + epsilon);
    table[at]! -= learningRate * (direction + weightDecay * table[at]!);
  }
}

function checkSizes({ rows, values }: RowGradients, state: RowAdamState, table: Float32Array): void {
  const count = state.steps.length;
  if (table.length !== state.mean.length)
    throw misfit("table", `${state.mean.length} elements`, `${table.length}`);
  const width = table.length / Math.max(count, 1);
  if (values.length !== rows.length * width)
    throw misfit("values", `${rows.length} rows of ${width}`, `${values.length} elements`);
  const bad = rows.find((row) => row < 0 || row >= count);
  if (bad !== undefined) throw misfit("rows", `row numbers below ${count}`, `${bad}`);
}

/** One gradient a row; the same object when no row number occurs twice. */
function addUp(grads: RowGradients): RowGradients {
  const places = new Map<number, number>();
  for (const row of grads.rows) if (!places.has(row)) places.set(row, places.size);
  if (places.size === grads.rows.length) return grads;
  const width = grads.values.length / grads.rows.length;
  const values = new Float32Array(places.size * width);
  grads.rows.forEach((row, i) => {
    const start = places.get(row)! * width;
    for (let j = 0; j < width; j++) values[start + j]! += grads.values[i * width + j]!;
  });
  return { rows: Int32Array.from(places.keys()), values };
}

function misfit(what: string, expected: string, got: string): ForetasteError {
  return new ForetasteError("SHAPE", { where: `rowAdam, ${what}`, expected, got });
}
