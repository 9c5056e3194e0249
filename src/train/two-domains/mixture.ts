/** Scores as chances: those below zero are none, the others sum to 1. `[items]` */
export function chances(scores: Float32Array): Float32Array {
  const total = scores.reduce((sum, score) => sum + Math.max(0, score), 0);
  return total > 0 ? scores.map((score) => Math.max(0, score) / total) : new Float32Array(scores.length);
}

/** Rounds of expectation and maximisation. */
const ROUNDS = 100;

/**
 * Weights of a mixture `p_i = sum_k w_k p_ki` that make choices most likely, by expectation maximisation (Dempster, Laird
 * and Rubin 1977). Every person counts the same, however much they chose.
 *
 * @param people of each: the chance that each member gives each item that was chosen. `[items chosen][members]`
 * @returns weights that sum to 1. `[members]`
 * @example mixtureWeights([[[0.5, 0.1]], [[0.4, 0]]], 2); // all weight goes to the first
 */
export function mixtureWeights(
  people: readonly (readonly ArrayLike<number>[])[],
  members: number,
): Float64Array {
  let weights = new Float64Array(members).fill(1 / members);
  for (let round = 0; round < ROUNDS; round++) {
    const next = new Float64Array(members);
    for (const choices of people) {
      for (const row of choices) {
        const total = weights.reduce((sum, w, k) => sum + w * row[k]!, 0);
        if (total > 0) weights.forEach((w, k) => void (next[k]! += (w * row[k]!) / total / choices.length));
      }
    }
    const sum = next.reduce((a, b) => a + b, 0);
    if (sum === 0) return weights;
    weights = next.map((w) => w / sum);
  }
  return weights;
}
