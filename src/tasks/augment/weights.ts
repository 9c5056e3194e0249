import type { TaskTransform } from "./transform.ts";

export interface WeightOptions {
  /** 0 weighs all events alike, 1 by the whole inverse of the frequency. */
  readonly power: number;
  /** Largest ratio between a weight and the smallest of all: rare things must not drown the rest. */
  readonly clip: number;
}

export const defaultClip = 10;

/**
 * Inverse propensity weights of items: `w_i ~ n_i^-power`, clipped, so that what few people chose counts as if more had
 * (Schnabel 2016, sec. 3.2, with popularity as the propensity). The mean over events is 1. `[items]`
 *
 * @param counts training events of each item; items without any get the largest weight
 */
export function popularityWeights(counts: ArrayLike<number>, options: WeightOptions): Float32Array {
  return inverseWeights(Array.from(counts), options);
}

/** The same for the values events have: rare opinions count more. Unseen values weigh 1. */
export function classWeights(values: Float32Array, options: WeightOptions): (value: number) => number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const found = inverseWeights([...counts.values()], options);
  const weights = new Map([...counts.keys()].map((value, i) => [value, found[i]!]));
  return (value) => weights.get(value) ?? 1;
}

function inverseWeights(counts: readonly number[], { power, clip }: WeightOptions): Float32Array {
  const most = counts.reduce((a, b) => Math.max(a, b), 1);
  const raw = counts.map((n) => Math.min(clip, (most / Math.max(1, n)) ** power));
  const events = counts.reduce((a, b) => a + b, 0);
  const mean = raw.reduce((sum, w, i) => sum + w * counts[i]!, 0) / Math.max(1, events);
  return Float32Array.from(raw, (w) => w / (mean || 1));
}

/**
 * Multiplies the weights of the query, which is what the prior is judged by; adaptation stays as it will be in service.
 *
 * @param weightOf weight of an event by its item and value
 */
export function weighQuery(weightOf: (item: number, value: number) => number): TaskTransform {
  return (task) => {
    const { items, values, weights } = task.query;
    const weighed = Float32Array.from(items, (item, i) => (weights?.[i] ?? 1) * weightOf(item, values[i]!));
    return { ...task, query: { ...task.query, weights: weighed } };
  };
}
