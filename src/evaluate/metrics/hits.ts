import type { Metric, Ranked, Truth } from "./metric.ts";

/** Liked items among the first k, divided by k. */
export function precision(k: number): Metric {
  return ofHits(`precision@${k}`, k, (hits) => hits.length / k);
}

/** Liked items among the first k, divided by all liked candidates. */
export function recall(k: number): Metric {
  return ofHits(`recall@${k}`, k, (hits, relevant) => hits.length / relevant);
}

/** Harmonic mean of precision@k and recall@k: 2 hits / (k + relevant). */
export function f1(k: number): Metric {
  return ofHits(`f1@${k}`, k, (hits, relevant) => (2 * hits.length) / (k + relevant));
}

/** 1 when a liked item is among the first k, else 0. */
export function hitRate(k: number): Metric {
  return ofHits(`hit_rate@${k}`, k, (hits) => (hits.length > 0 ? 1 : 0));
}

/** Average precision: the sum of precision@rank over the ranks of hits, divided by min(k, relevant). */
export function map(k: number): Metric {
  return ofHits(`map@${k}`, k, (hits, relevant) => {
    const sum = hits.reduce((total, rank, i) => total + (i + 1) / rank, 0);
    return sum / Math.min(k, relevant);
  });
}

/** One over the rank of the first liked item within the first k, else 0. */
export function mrr(k: number): Metric {
  return ofHits(`mrr@${k}`, k, (hits) => (hits.length > 0 ? 1 / hits[0]! : 0));
}

/** The chance that a liked candidate stands above another one (Mann-Whitney); needs the complete ranking. */
export const auc: Metric = ofHits("auc", Number.POSITIVE_INFINITY, (ranks, relevant, candidates) => {
  const others = candidates - relevant;
  if (others === 0) return Number.NaN;
  const rankSum = ranks.reduce((total, rank) => total + rank, 0);
  return 1 - (rankSum - (relevant * (relevant + 1)) / 2) / (relevant * others);
});

/** `summarise` gets the ranks (from 1, ascending) of the liked items among the first k. */
function ofHits(
  name: string,
  k: number,
  summarise: (ranks: readonly number[], relevant: number, candidates: number) => number,
): Metric {
  const measure = ({ items }: Ranked, { graded, relevant, candidates, scale }: Truth): number => {
    if (relevant === 0) return Number.NaN;
    const ranks: number[] = [];
    for (let i = 0; i < Math.min(k, items.length); i++) {
      if ((graded.get(items[i]!) ?? -Infinity) >= scale.liked) ranks.push(i + 1);
    }
    return summarise(ranks, relevant, candidates);
  };
  return { name, reads: "ranking", depth: k, measure };
}
