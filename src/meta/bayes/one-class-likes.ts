import type { Catalogue } from "../../encoders/catalogue.ts";
import { firstLikes, type LikeWeights, positionsOf } from "../../encoders/like-weights.ts";
import { LIKES_PACE, type LikesParams } from "../../models/one-class.ts";
import type { OneClassFitted, OneClassPrior } from "./one-class-types.ts";

/** What somebody's likes say of items directly, as a head weighs it (`likesScore`). */
export interface SaidByLikes {
  /** Of all likes together. */
  of(item: number): number;
  /** Of the events that a fitted person's taste is made of: an item that was liked twice counts once. `[used.length]` */
  byEvent(item: number): Float64Array;
}

/** Reads what the catalogue's like weights say; without any they say nothing. */
export function likesReader(
  catalogue: Catalogue,
): (prior: OneClassPrior, fitted: Pick<OneClassFitted, "query" | "used">) => SaidByLikes {
  const { likeWeights, items, scale } = catalogue;
  if (likeWeights === undefined) return (_, { used }) => nothing(used.length);
  const { rows, size, others, weights } = likeWeights;
  const among = { positions: positionsOf(rows, items.ids.length), liked: scale.liked };
  const { positions } = among;
  const spread = byLiked(likeWeights);
  return ({ params }, { query: { history }, used }) => {
    const learned = params["likes"] as LikesParams<Float32Array> | undefined;
    const slots = firstLikes(among, {
      items: Int32Array.from(used, (event) => history.items[event]!),
      values: Float32Array.from(used, (event) => history.values[event]!),
    });
    if (learned === undefined || slots.size === 0) return nothing(used.length);
    const { logScale, growth } = learned;
    const scaled = Math.exp(LIKES_PACE * (logScale[0]! + growth[0]! * Math.log1p(slots.size)));
    const sums = new Float64Array(rows.length);
    for (const at of slots.keys()) spread(at, (other, weight) => void (sums[other]! += scaled * weight));
    return {
      of: (item) => sums[positions[item]!] ?? 0,
      byEvent(item) {
        const said = new Float64Array(used.length);
        const at = positions[item] ?? -1;
        for (let k = at * size; at >= 0 && k < (at + 1) * size; k++) {
          const slot = slots.get(others[k]!);
          if (slot !== undefined) said[slot]! += scaled * weights[k]!;
        }
        return said;
      },
    };
  };
}

const nothing = (events: number): SaidByLikes => ({ of: () => 0, byEvent: () => new Float64Array(events) });

/** The same weights by the item that is liked: visits what its like says of others. */
function byLiked({
  rows,
  size,
  others,
  weights,
}: LikeWeights): (at: number, visit: (other: number, weight: number) => void) => void {
  const offsets = new Int32Array(rows.length + 1);
  for (const other of others) offsets[other + 1]!++;
  for (let at = 0; at < rows.length; at++) offsets[at + 1]! += offsets[at]!;
  const next = offsets.slice(0, rows.length);
  const from = new Int32Array(others.length);
  others.forEach((other, k) => void (from[next[other]!++] = k));
  return (at, visit) => {
    for (let i = offsets[at]!; i < offsets[at + 1]!; i++)
      visit(Math.floor(from[i]! / size), weights[from[i]!]!);
  };
}
