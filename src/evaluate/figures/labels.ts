/**
 * Positions moved apart until neighbours keep a gap, as little as possible in squares (pool adjacent violators on the
 * positions less the gaps before them), inside of the bounds where there is room.
 *
 * @param wanted `[labels]` in any order
 * @returns `[labels]` in the same order
 * @example spread([1, 1.1], 1, [0, 10]); // [.55, 1.55]
 */
export function spread(
  wanted: readonly number[],
  gap: number,
  [low, high]: readonly [number, number],
): number[] {
  const order = [...wanted.keys()].sort((a, b) => wanted[a]! - wanted[b]! || a - b);
  const fitted = isotonic(order.map((label, place) => wanted[label]! - place * gap));
  const room = Math.max(low, high - gap * (wanted.length - 1));
  const placed: number[] = [];
  order.forEach((label, place) => {
    placed[label] = Math.min(room, Math.max(low, fitted[place]!)) + place * gap;
  });
  return placed;
}

/** The nearest sequence in squares that never falls. */
function isotonic(values: readonly number[]): number[] {
  const blocks: { sum: number; count: number }[] = [];
  for (const value of values) {
    let block = { sum: value, count: 1 };
    for (
      let last = blocks.at(-1);
      last !== undefined && last.sum / last.count > block.sum / block.count;
      last = blocks.at(-1)
    ) {
      blocks.pop();
      block = { sum: last.sum + block.sum, count: last.count + block.count };
    }
    blocks.push(block);
  }
  return blocks.flatMap(({ sum, count }) => new Array<number>(count).fill(sum / count));
}
