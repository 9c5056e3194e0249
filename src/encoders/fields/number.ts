import type { Bag } from "../bags.ts";

/** A numeric attribute (a year, a price) as hat functions: a number activates its two neighbouring knots linearly. */
export interface NumberField {
  readonly kind: "number";
  /** Ascending. */
  readonly knots: readonly number[];
}

/** Knots at evenly spaced quantiles of the given rows. */
export function fitNumber(values: Iterable<number>, knots: number): NumberField {
  const sorted = [...values].filter(Number.isFinite).sort((a, b) => a - b);
  const at = Array.from(
    { length: knots },
    (_, i) => sorted[Math.round((i / Math.max(1, knots - 1)) * (sorted.length - 1))],
  );
  return { kind: "number", knots: [...new Set(at.filter((x) => x !== undefined))] };
}

/** Linear interpolation between the knots; beyond the ends the end knot; nothing for a missing number. */
export function encodeNumber({ knots }: NumberField, value: number): Bag {
  const [first, last] = [knots[0], knots.at(-1)];
  if (first === undefined || last === undefined || !Number.isFinite(value)) return [];
  if (value <= first) return [[0, 1]];
  if (value >= last) return [[knots.length - 1, 1]];
  const right = knots.findIndex((knot) => knot > value);
  const [low, high] = [knots[right - 1]!, knots[right]!];
  const share = (value - low) / (high - low);
  return [
    [right - 1, 1 - share],
    [right, share],
  ];
}
