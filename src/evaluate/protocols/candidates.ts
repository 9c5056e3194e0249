import type { Case } from "./protocol.ts";

/** A case before its candidates are spelled out. */
export interface FullCase extends Omit<Case, "candidates"> {
  /** Items that are not asked about because the person has used them, in any order; the history's unless told. */
  readonly used?: Int32Array;
}

/**
 * A case of a full ranking: the candidates are the catalogue without what the person has used. They are made anew each
 * time they are read, because 6,000 cases of 3,700 items each would otherwise hold 90 MB.
 *
 * @param catalogue ascending rows of the item table, shared by all cases
 * @example fullCase(catalogue, { id, query, truth });
 */
export function fullCase(catalogue: Int32Array, { used, ...rest }: FullCase): Case {
  const taken = used ?? rest.query.history.items;
  return {
    ...rest,
    get candidates() {
      return without(catalogue, taken);
    },
  };
}

/** Ascending rows without some of them. */
export function without(catalogue: Int32Array, used: Int32Array): Int32Array {
  const holes = holesOf(catalogue, used);
  const rest = new Int32Array(catalogue.length - holes.length);
  let [from, to] = [0, 0];
  for (const hole of holes) {
    rest.set(catalogue.subarray(from, hole), to);
    to += hole - from;
    from = hole + 1;
  }
  rest.set(catalogue.subarray(from), to);
  return rest;
}

/** Position of an item in ascending rows, -1 when it is not there. */
export function positionOf(sorted: Int32Array, item: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < item) low = middle + 1;
    else high = middle;
  }
  return sorted[low] === item ? low : -1;
}

/** Distinct positions of the used items in the catalogue, ascending. */
function holesOf(catalogue: Int32Array, used: Int32Array): Int32Array {
  const positions = used.map((item) => positionOf(catalogue, item)).sort();
  return positions.filter((at, i) => at >= 0 && at !== positions[i - 1]);
}
