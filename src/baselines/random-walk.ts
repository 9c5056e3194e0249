import type { Space } from "../base/settings.ts";
import type { Dataset } from "../data/dataset.ts";
import type { Ranker } from "../data/query.ts";
import type { Links } from "./als/plan.ts";
import { likeCounts, likedItems, likesOf, shareOfMost } from "./columns.ts";

export interface RandomWalkConfig {
  /** Power of every transition probability: below 1 it trusts busy people and popular items more. */
  readonly power: number;
  /** Power of an item's number of likes that its score is divided by: 0 favours what is popular, 1 does not. */
  readonly popularityPenalty: number;
  /** Weight of the item's popularity (share of the most liked one) beside the walk (share of the best one). */
  readonly popularity: number;
}

/**
 * Tuned by thirty trials of TPE on cold users split off the training users of MovieTweetings (`foretaste tune --system
 * random-walk`): mean nDCG@10 over 0 to 10 shots .181, against .170 of a power of 1, a penalty of .4 and a weight of .1.
 */
export const randomWalkDefaults: RandomWalkConfig = {
  power: 0.55,
  popularityPenalty: 0.46,
  popularity: 0.15,
};

export const randomWalkSpace: Space = {
  power: { kind: "number", low: 0.3, high: 2 },
  popularityPenalty: { kind: "number", low: 0, high: 1 },
  popularity: { kind: "number", low: 0, high: 1 },
};

/**
 * RP3beta (Paudel, Christoffel, Newell and Bernstein 2017): the chance that a walk of three steps, from the person to a
 * liked item, to somebody else who liked it, to an item of theirs, ends at i, divided by n_i^popularityPenalty. With
 * a = `power`, score_i = sum over likes j, people u of (1 / n_j)^a (1 / n_u)^a n_i^-popularityPenalty, as a share of the
 * best, + popularity n_i / max n.
 *
 * @throws DATA when there is no like
 * @example const ranker = fitRandomWalk(train, { ...randomWalkDefaults, popularityPenalty: 0.6 });
 */
export function fitRandomWalk(train: Dataset, config: RandomWalkConfig = randomWalkDefaults): Ranker {
  const { byUser, byItem } = likesOf(train);
  const likes = likeCounts(train);
  const popularity = shareOfMost(likes);
  const fromItem = transitions(byItem, config.power);
  const fromUser = transitions(byUser, config.power);
  const penalty = likes.map((n) => Math.max(1, n) ** -config.popularityPenalty);
  return {
    name: "random-walk",
    async score({ history }, items) {
      const people = new Float32Array(train.users.ids.length);
      for (const j of likedItems(history, train.scale.liked, likes.length))
        step(byItem, j, people, fromItem[j]!);
      const ends = new Float32Array(likes.length);
      people.forEach((weight, u) => {
        if (weight > 0) step(byUser, u, ends, weight * fromUser[u]!);
      });
      const near = shareOfBest(ends.map((end, i) => end * penalty[i]!));
      return Float32Array.from(items, (i) => (near[i] ?? 0) + config.popularity * (popularity[i] ?? 0));
    },
  };
}

/** Probability of each way on from a node, to the power. `[nodes]` */
function transitions({ offsets }: Links, power: number): Float32Array {
  return Float32Array.from(
    { length: offsets.length - 1 },
    (_, node) => Math.max(1, offsets[node + 1]! - offsets[node]!) ** -power,
  );
}

/** Adds a weight to everything that a node is linked to. */
function step({ offsets, others }: Links, node: number, into: Float32Array, weight: number): void {
  for (let at = offsets[node]!; at < offsets[node + 1]!; at++) into[others[at]!]! += weight;
}

function shareOfBest(scores: Float32Array): Float32Array {
  const best = scores.reduce((max, score) => Math.max(max, score), 0);
  return best === 0 ? scores : scores.map((score) => score / best);
}
