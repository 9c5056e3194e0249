/**
 * How many letters must be inserted, dropped, replaced or swapped with their neighbour to make `a` out of `b`
 * (optimal string alignment; a swap is the commonest slip, and Levenshtein's distance counts it twice).
 *
 * @example editDistance("haet", "heat") // 1
 */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = swapped ? before[j - 2]! + 1 : Number.POSITIVE_INFINITY;
      row[j] = Math.min(replace, swap, above[j]! + 1, row[j - 1]! + 1);
    }
    [before, above] = [above, row];
  }
  return above[b.length]!;
}
