import { createRng, type Rng } from "../src/base/rng.ts";
import type { Links } from "../src/baselines/als/plan.ts";

/** How large a generated set of likes is. */
export interface GeneratedLikes {
  readonly users: number;
  readonly items: number;
  readonly likes: number;
  readonly seed: number;
}

/**
 * Likes in the shape of MovieLens-20M: everybody has 20 or more, their number above that is lognormal (deviation 1.1),
 * and item i is drawn with probability proportional to (i + 50)^-1.1, each at most once a user.
 */
export function generateLikes({ users, items, likes, seed }: GeneratedLikes): Links {
  const rng = createRng(seed).split("likes");
  const activity = Float64Array.from({ length: users }, () => Math.exp(4 + 1.1 * rng.normal()));
  const scale = (likes - 20 * users) / activity.reduce((sum, a) => sum + a, 0);
  const offsets = new Int32Array(users + 1);
  activity.forEach((a, user) => {
    offsets[user + 1] = offsets[user]! + Math.min(items >> 2, 20 + Math.round(scale * a));
  });
  const draw = sampler(
    Float64Array.from({ length: items }, (_, i) => (i + 50) ** -1.1),
    rng,
  );
  const others = new Int32Array(offsets[users]!);
  const taken = new Int32Array(items).fill(-1);
  for (let user = 0; user < users; user++) {
    for (let at = offsets[user]!; at < offsets[user + 1]!; ) {
      const item = draw();
      if (taken[item] === user) continue;
      taken[item] = user;
      others[at++] = item;
    }
  }
  return { offsets, others };
}

/** Draws i with probability proportional to weight i (Walker's alias method). */
function sampler(weights: Float64Array, rng: Rng): () => number {
  const n = weights.length;
  const total = weights.reduce((sum, w) => sum + w, 0);
  const share = weights.map((w) => (w * n) / total);
  const alias = Int32Array.from({ length: n }, (_, i) => i);
  const small = [...share.keys()].filter((i) => share[i]! < 1);
  const large = [...share.keys()].filter((i) => share[i]! >= 1);
  while (small.length > 0 && large.length > 0) {
    const [low, high] = [small.pop()!, large.at(-1)!];
    alias[low] = high;
    share[high]! -= 1 - share[low]!;
    if (share[high]! < 1) small.push(large.pop()!);
  }
  return () => {
    const i = rng.int(n);
    return rng.next() < share[i]! ? i : alias[i]!;
  };
}

/** The same likes by item. */
export function transposeLinks({ offsets, others }: Links, items: number): Links {
  const counts = new Int32Array(items + 1);
  for (const item of others) counts[item + 1]!++;
  for (let item = 0; item < items; item++) counts[item + 1]! += counts[item]!;
  const next = counts.slice();
  const users = new Int32Array(others.length);
  for (let user = 0; user + 1 < offsets.length; user++)
    for (let at = offsets[user]!; at < offsets[user + 1]!; at++) users[next[others[at]!]!++] = user;
  return { offsets: counts, others: users };
}

/** A user, something they like and something drawn evenly, three numbers a pair: whose order both sides must agree on. */
export function drawPairs({ offsets, others }: Links, items: number, count: number): Int32Array {
  const rng = createRng("pairs");
  const pairs = new Int32Array(3 * count);
  for (let n = 0; n < count; ) {
    const user = rng.int(offsets.length - 1);
    const likes = offsets[user + 1]! - offsets[user]!;
    if (likes === 0) continue;
    pairs.set([user, others[offsets[user]! + rng.int(likes)]!, rng.int(items)], 3 * n++);
  }
  return pairs;
}
