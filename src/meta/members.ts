import type { Learner } from "./learner.ts";

/** What a trained head has learned: one prior, or those of several members, which answer together. */
export interface Members<Prior> {
  readonly prior: Prior;
  /** Of members beside the first, from other starts and other draws. */
  readonly others?: readonly Prior[];
}

/** Priors of all members, the first first. */
export function membersOf<Prior>({ prior, others = [] }: Members<Prior>): readonly Prior[] {
  return [prior, ...others];
}

/** What ranking and its reasons ask of a learner. */
export type Explained<Prior, Fitted> = Required<
  Pick<Learner<Prior, Fitted, unknown>, "name" | "adapt" | "score" | "explain">
>;

/**
 * A learner whose prior is that of several members: their scores are averaged, and the parts of each score likewise. Under
 * a softmax over the items this is the logarithmic opinion pool (Genest and Zidek 1986).
 *
 * @param learner must take each score apart alike, whatever the prior: the same sources and events in the same order
 * @example const learner = averaged(oneClassBayes(catalogue)); const [fitted] = await learner.adapt([one, two], query);
 */
export function averaged<Prior, Fitted>(
  learner: Explained<Prior, Fitted>,
): Explained<readonly Prior[], readonly Fitted[]> {
  return {
    name: learner.name,
    async adapt(priors, query) {
      const each = await inTurn(priors, (prior) => learner.adapt(prior, query));
      const infos = each.map(([, info]) => info);
      const names = Object.keys(infos[0] ?? {});
      const info = names.map((name) => [name, mean(infos.map((one) => one[name] ?? Number.NaN))]);
      return [each.map(([fitted]) => fitted), Object.fromEntries(info)];
    },
    async score(priors, fitted, items) {
      return meanOf(await inTurn(priors, (prior, m) => learner.score(prior, fitted[m]!, items)));
    },
    async explain(priors, fitted, items) {
      const each = await inTurn(priors, (prior, m) => learner.explain(prior, fitted[m]!, items));
      return each[0]!.map((parts, i) =>
        parts.map((part, j) => ({ ...part, value: mean(each.map((one) => one[i]![j]!.value)) })),
      );
    },
  };
}

/** Members share a processor: one after another. */
async function inTurn<T, U>(list: readonly T[], of: (one: T, m: number) => Promise<U>): Promise<U[]> {
  const out: U[] = [];
  for (const [m, one] of list.entries()) out.push(await of(one, m));
  return out;
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
}

function meanOf(each: readonly Float32Array[]): Float32Array {
  const [first, second] = each;
  if (second === undefined) return first!;
  return first!.map((_, i) => {
    let sum = 0;
    for (const one of each) sum += one[i]!;
    return sum / each.length;
  });
}
