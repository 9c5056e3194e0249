import { type RunContext, silentProgress } from "../../base/progress.ts";
import type { TextEncoder } from "../../encoders/pretrained/text-encoder.ts";

/** How fast an encoder is on somebody's own texts. */
export interface Speed {
  /** Of many at once. */
  readonly textsPerSecond: number;
  /** A text alone, median. */
  readonly millisecondsAlone: number;
}

const ROUNDS = 3;
const ALONE = 15;

/**
 * Speeds of encoders on the same texts, in turns, after a round that does not count: medians of each.
 *
 * @param texts distinct ones, so that no cache answers
 */
export async function speedsOf(
  encoders: readonly TextEncoder[],
  texts: readonly string[],
  ctx: RunContext,
): Promise<Speed[]> {
  const quiet = { ...ctx, progress: silentProgress };
  const times = encoders.map((): { many: number[]; alone: number[] } => ({ many: [], alone: [] }));
  const timed = async (run: () => Promise<unknown>): Promise<number> => {
    const before = performance.now();
    await run();
    return performance.now() - before;
  };
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [i, encoder] of encoders.entries()) {
      const took = await timed(() => encoder.embed(texts, quiet));
      if (round > 0) times[i]!.many.push(took);
    }
  }
  for (const text of texts.slice(0, ALONE)) {
    for (const [i, encoder] of encoders.entries())
      times[i]!.alone.push(await timed(() => encoder.embed([text], quiet)));
  }
  return times.map(({ many, alone }) => ({
    textsPerSecond: (1000 * texts.length) / median(many),
    millisecondsAlone: median(alone),
  }));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}
