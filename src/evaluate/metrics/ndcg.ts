import type { Metric, Ranked, Truth } from "./metric.ts";

/** nDCG with gain 2^r - 1 and discount log2(rank + 1); the ideal orders the true values of the same candidates. */
export function ndcgExp(k: number): Metric {
  return ndcg(`ndcg_exp@${k}`, k, (value) => 2 ** value - 1);
}

/** nDCG with gain r and discount log2(rank + 1) (Jarvelin and Kekalainen 2002, with the discount of Burges 2005). */
export function ndcgLinear(k: number): Metric {
  return ndcg(`ndcg_linear@${k}`, k, (value) => value);
}

/** nDCG with gain 1 for liked items, else 0; the ideal has min(k, relevant) ones. */
export function ndcgBinary(k: number): Metric {
  return ndcg(`ndcg_binary@${k}`, k, (value, liked) => (value >= liked ? 1 : 0));
}

function ndcg(name: string, k: number, gain: (value: number, liked: number) => number): Metric {
  const measure = ({ items }: Ranked, { graded, scale }: Truth): number => {
    const gains = Float64Array.from(graded.values(), (value) => gain(value, scale.liked));
    const ideal = discounted(gains.sort().reverse(), k);
    if (!(ideal > 0)) return Number.NaN;
    const won = Float64Array.from(items.subarray(0, k), (item) => {
      const value = graded.get(item);
      return value === undefined ? 0 : gain(value, scale.liked);
    });
    return discounted(won, k) / ideal;
  };
  return { name, reads: "ranking", depth: k, measure };
}

function discounted(gains: Float64Array, k: number): number {
  let sum = 0;
  for (let i = 0; i < Math.min(k, gains.length); i++) sum += gains[i]! / Math.log2(i + 2);
  return sum;
}
