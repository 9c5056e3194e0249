import { ForetasteError } from "../base/errors.ts";

/** Learning rate of a step; the first step is 0. */
export type Schedule = (step: number) => number;

/** The same learning rate for ever. @example constantRate(1e-3) */
export function constantRate(rate: number): Schedule {
  return () => rate;
}

/**
 * Half a cosine from `from` at step 0 down to `to` at step `steps` and after it:
 * `to + (from - to) (1 + cos(pi step / steps)) / 2` (Loshchilov and Hutter 2017, SGDR, eq. 5, without restarts).
 *
 * @throws CONFIG when `steps` is no whole number of at least 1
 * @example cosineDecay({ from: 1e-3, to: 1e-5, steps: 2000 })
 */
export function cosineDecay(options: { from: number; to?: number; steps: number }): Schedule {
  const { from, to = 0, steps } = options;
  checkSteps("cosineDecay, steps", steps, 1);
  return (step) => to + ((from - to) * (1 + Math.cos((Math.PI * Math.min(step, steps)) / steps))) / 2;
}

/**
 * A stair: `from` times `factor` to the power of how many whole times `every` steps have passed.
 *
 * @throws CONFIG when `every` is no whole number of at least 1
 * @example stepDecay({ from: 0.1, factor: 0.5, every: 1000 })
 */
export function stepDecay(options: { from: number; factor: number; every: number }): Schedule {
  const { from, factor, every } = options;
  checkSteps("stepDecay, every", every, 1);
  return (step) => from * factor ** Math.floor(step / every);
}

/**
 * Grows in equal parts over the first `steps` steps, the first of them not zero: step `s` takes
 * `(s + 1) / steps` of the rate that follows (Goyal et al. 2017, sec. 2.2). The schedule after it starts again from its
 * own step 0.
 *
 * @param steps none at all with 0
 * @throws CONFIG when `steps` is no whole number
 * @example linearWarmup(100, cosineDecay({ from: 1e-3, steps: 2000 }))
 */
export function linearWarmup(steps: number, after: Schedule): Schedule {
  checkSteps("linearWarmup, steps", steps, 0);
  return (step) => (step < steps ? (after(0) * (step + 1)) / steps : after(step - steps));
}

function checkSteps(where: string, steps: number, least: number): void {
  if (Number.isInteger(steps) && steps >= least) return;
  throw new ForetasteError("CONFIG", { where, expected: `a whole number from ${least}`, got: String(steps) });
}

/** A number where a schedule is taken is a constant one. */
export function asSchedule(rate: number | Schedule): Schedule {
  return typeof rate === "number" ? constantRate(rate) : rate;
}
