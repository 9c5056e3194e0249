import type { Neighbours } from "../../encoders/neighbours.ts";
import { NEAR_RIDGE } from "../../models/ratings-posterior.ts";

/**
 * What `shiftByNeighbours` says of any number of items, by their neighbours among somebody's events. An item twice among
 * the events counts twice. `[wanted.length]`
 *
 * @param events items of the person's events, and what their taste leaves of the values
 */
export function neighbourShift(
  { size, items, weights }: Neighbours,
  events: { readonly items: ArrayLike<number>; readonly left: ArrayLike<number> },
  wanted: Int32Array,
): Float32Array {
  const sums = new Map<number, { left: number; times: number }>();
  for (let e = 0; e < events.items.length; e++) {
    const { left, times } = sums.get(events.items[e]!) ?? { left: 0, times: 0 };
    sums.set(events.items[e]!, { left: left + events.left[e]!, times: times + 1 });
  }
  return Float32Array.from(wanted, (i) => {
    let [strayed, total] = [0, NEAR_RIDGE];
    for (let at = i * size; at < (i + 1) * size; at++) {
      const sum = sums.get(items[at]!);
      if (sum === undefined) continue;
      strayed += weights[at]! * sum.left;
      total += weights[at]! * sum.times;
    }
    return strayed / total;
  });
}
