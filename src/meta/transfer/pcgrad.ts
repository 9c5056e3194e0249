import type { Rng } from "../../base/rng.ts";

/**
 * Gradient surgery (PCGrad, Yu et al. 2020, algorithm 1): where the gradients of two tasks point against each other, each
 * loses its part along the other, `g_i <- g_i - (g_i . g_j) / |g_j|^2 g_j` while `g_i . g_j < 0`, against the original
 * gradients of the other tasks in a random order; the sum of what is left is the step.
 *
 * @param gradients one flat gradient a task, all of one length
 * @example projectConflicts([Float32Array.of(1, 0), Float32Array.of(-1, 1)], rng); // [.5, 1.5]
 */
export function projectConflicts(gradients: readonly Float32Array[], rng: Rng): Float32Array {
  const total = new Float32Array(gradients[0]?.length ?? 0);
  gradients.forEach((gradient, task) => {
    const own = gradient.slice();
    for (const other of rng.split(task).shuffle([...gradients.keys()]))
      if (other !== task) removeConflict(own, gradients[other]!);
    for (let k = 0; k < total.length; k++) total[k]! += own[k]!;
  });
  return total;
}

/** The cosine of two flat gradients; 0 where one is zero. */
export function gradientCosine(a: Float32Array, b: Float32Array): number {
  return dot(a, b) / (Math.sqrt(dot(a, a) * dot(b, b)) || 1);
}

function removeConflict(own: Float32Array, other: Float32Array): void {
  const along = dot(own, other);
  if (along >= 0) return;
  const share = along / dot(other, other);
  for (let k = 0; k < own.length; k++) own[k]! -= share * other[k]!;
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}
