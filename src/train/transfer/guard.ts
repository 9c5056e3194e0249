import { type PairedInterval, pairedBootstrap } from "../../evaluate/bootstrap.ts";
import type { Evaluation } from "../../evaluate/evaluation.ts";

/** What the guard says of one strategy. */
export interface Verdict {
  readonly strategy: string;
  /** Gain over the target alone on people held out from the target's training. */
  readonly gain: PairedInterval;
  readonly allowed: boolean;
}

/** Two-sided: a strategy must be better in 19 of 20 resamples. */
const CHANCE = 0.1;

/** A bootstrap over fewer people promises more than it knows. */
export const fewestHeldOut = 20;

/**
 * Whether each strategy may be used: it must have helped on people of the target who were held out from its training
 * (`outerValid`), by paired bootstrap over people; what hurts, or helps no more than chance would, is refused, and so is
 * everything where fewer than `fewestHeldOut` people can say.
 */
export function guardVerdicts(
  alone: Evaluation,
  others: readonly Evaluation[],
  { metric, seed }: { readonly metric: string; readonly seed: number },
): Verdict[] {
  return others.map((one) => {
    const gain = pairedGain([one], [alone], { metric, seed });
    return {
      strategy: one.system,
      gain,
      allowed: gain.tasks >= fewestHeldOut && gain.mean > 0 && gain.p < CHANCE,
    };
  });
}

/** The allowed strategy that helped most; undefined when the target alone is to be used. */
export function chosenBy(verdicts: readonly Verdict[]): string | undefined {
  const allowed = verdicts.filter((one) => one.allowed).sort((a, b) => b.gain.mean - a.gain.mean);
  return allowed[0]?.strategy;
}

/**
 * Paired bootstrap over people of the difference of two systems; a person's value is the mean over shots and draws.
 *
 * @param shots of these groups only; all unless told
 */
export function pairedGain(
  a: readonly Evaluation[],
  b: readonly Evaluation[],
  options: { readonly metric: string; readonly seed: number; readonly shots?: number | "all" },
): PairedInterval {
  const [x, y] = [perPerson(a, options), perPerson(b, options)];
  const ids = [...x.keys()].filter((id) => y.has(id));
  const column = (of: ReadonlyMap<string, number>): Float64Array =>
    Float64Array.from(ids, (id) => of.get(id)!);
  return pairedBootstrap(column(x), column(y), { seed: options.seed });
}

/** A person's mean of a metric over groups; only of some number of shots where told. */
export function perPerson(
  evaluations: readonly Evaluation[],
  { metric, shots }: { readonly metric: string; readonly shots?: number | "all" },
): ReadonlyMap<string, number> {
  const sums = new Map<string, { sum: number; count: number }>();
  for (const group of evaluations.flatMap(({ groups }) => groups)) {
    if (shots !== undefined && group.shots !== shots) continue;
    group.ids.forEach((id, row) => {
      const value = group.metrics[metric]?.[row] ?? Number.NaN;
      if (Number.isNaN(value)) return;
      const { sum, count } = sums.get(id) ?? { sum: 0, count: 0 };
      sums.set(id, { sum: sum + value, count: count + 1 });
    });
  }
  return new Map([...sums].map(([id, { sum, count }]) => [id, sum / count]));
}
