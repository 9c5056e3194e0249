import { shareOfMost } from "../../baselines/columns.ts";
import type { History, Ranker } from "../../data/query.ts";
import type { Side, TwoDomains } from "./domains.ts";

/** Scores of all items of a side, from what somebody liked on the other one. `[items of the side]` */
export type Crossing = (likedThere: Int32Array) => Promise<Float32Array>;

/** What is asked of the items of one side. */
export interface SideScores {
  /** For somebody with a history on this side. */
  readonly own: (liked: Int32Array) => Float32Array;
  /** For somebody with a history on the other side only. */
  readonly crossed: Crossing;
  /** For a stranger. */
  readonly unknown: Float32Array;
}

/**
 * Ranks the items of each side by what is known of the person: a history there, else one on the other side, else what
 * is popular. Items that came after training stand last.
 */
export function crossingRanker(
  name: string,
  world: TwoDomains,
  scores: readonly [SideScores, SideScores],
): Ranker {
  const sideScores = async (at: 0 | 1, history: History): Promise<Float32Array> => {
    const [own, other] = [world.likedOn(at, history), world.likedOn(at === 0 ? 1 : 0, history)];
    return scoresOf(scores[at], own, other);
  };
  // Somebody who is asked about a few items at a time is scored once.
  const found = [lastOf((history) => sideScores(0, history)), lastOf((history) => sideScores(1, history))];
  return {
    name,
    async score({ history }, items) {
      const sides = [...new Set(Array.from(items, (item) => world.sideOf[item] ?? 0))];
      const all = new Map<number, Float32Array>();
      for (const side of sides) all.set(side, await found[side]!(history));
      return Float32Array.from(
        items,
        (item) => all.get(world.sideOf[item] ?? 0)?.[world.placeOf[item] ?? -1] ?? Number.NEGATIVE_INFINITY,
      );
    },
  };
}

/** Remembers the answer to the last history. */
function lastOf<T>(of: (history: History) => Promise<T>): (history: History) => Promise<T> {
  let last: { readonly history: History; readonly answer: Promise<T> } | undefined;
  return (history) => {
    if (last?.history !== history) last = { history, answer: of(history) };
    return last.answer;
  };
}

async function scoresOf(
  { own, crossed, unknown }: SideScores,
  liked: Int32Array,
  likedThere: Int32Array,
): Promise<Float32Array> {
  if (liked.length > 0) return own(liked);
  return likedThere.length > 0 ? crossed(likedThere) : unknown;
}

/** Likes of each item as a share of the most liked one's. */
export function popularOn({ byItem: { offsets } }: Side): Float32Array {
  return shareOfMost(
    Float32Array.from({ length: offsets.length - 1 }, (_, i) => offsets[i + 1]! - offsets[i]!),
  );
}
