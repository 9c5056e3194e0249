/** The first value at or below which half of the probability lies. `probabilities`, `levels`: `[levels]`, ascending */
export function medianLevel(probabilities: Float32Array, levels: Float32Array): number {
  let below = 0;
  const at = probabilities.findIndex((share) => {
    below += share;
    return below >= 0.5;
  });
  return levels[at < 0 ? levels.length - 1 : at]!;
}

/**
 * Quantile of values whose probability is spread evenly over the cell between the middles to their neighbours; never
 * beyond the first and the last value. A value lies at or above the `q` quantile exactly when `P(less) + P(equal) / 2 >= q`.
 *
 * @example spreadQuantile(Float32Array.of(0.2, 0.8), Float32Array.of(1, 2), 0.6); // 2: half of the cell from 1.5 to 2.5
 */
export function spreadQuantile(probabilities: Float32Array, levels: Float32Array, q: number): number {
  const last = levels.length - 1;
  let below = 0;
  for (let c = 0; c <= last; c++) {
    const share = probabilities[c]!;
    if (share > 0 && below + share >= q) {
      const within = (q - below) / share - 0.5;
      const width = within < 0 ? gap(levels, c - 1) : gap(levels, c);
      return Math.min(levels[last]!, Math.max(levels[0]!, levels[c]! + within * width));
    }
    below += share;
  }
  return levels[last]!;
}

/** From a value to the next; a cell at either end of the scale has no neighbour to share with. */
function gap(levels: Float32Array, c: number): number {
  return c < 0 || c + 1 >= levels.length ? 0 : levels[c + 1]! - levels[c]!;
}
