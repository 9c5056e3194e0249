import type { Ranked, Truth } from "./metric.ts";

/**
 * Answers and truth as if the used items of other groups were not there: neither asked for, nor in the ranking. Items
 * that nobody used stay, whatever their group, so that a list must still prefer the group's liked items to all of those.
 *
 * @param keep whether a used item belongs to the group
 */
export function restrictTo(keep: (item: number) => boolean, ranked: Ranked, truth: Truth): [Ranked, Truth] {
  const rows = Array.from(truth.items.keys()).filter((row) => keep(truth.items[row]!));
  const graded = new Map([...truth.graded].filter(([item]) => keep(item)));
  const removed = (item: number): boolean => truth.graded.has(item) && !graded.has(item);
  const { predicted, distribution, probability } = ranked;
  const at = (values: Float32Array): Float32Array => Float32Array.from(rows, (row) => values[row]!);
  return [
    {
      items: ranked.items.filter((item) => !removed(item)),
      ...(predicted && { predicted: at(predicted) }),
      ...(probability && { probability: at(probability) }),
      ...(distribution && {
        distribution: {
          mean: at(distribution.mean),
          median: at(distribution.median),
          low: at(distribution.low),
          high: at(distribution.high),
        },
      }),
    },
    {
      items: Int32Array.from(rows, (row) => truth.items[row]!),
      values: at(truth.values),
      graded,
      relevant: [...graded.values()].filter((value) => value >= truth.scale.liked).length,
      candidates: truth.candidates - (truth.graded.size - graded.size),
      scale: truth.scale,
    },
  ];
}
