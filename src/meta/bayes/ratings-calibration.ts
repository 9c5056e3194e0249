import { createRng } from "../../base/rng.ts";
import { slopesBetween } from "../../encoders/neighbours.ts";
import type { Task } from "../../tasks/task.ts";
import { memo } from "../buckets.ts";
import { layOutTasks, type RatingsWorld } from "./ratings-layout.ts";
import { ratingsStandingProgram } from "./ratings-programs.ts";
import type { RatingsBayes, RatingsPrior } from "./ratings-types.ts";

/** Share of values that an interval should not hold. */
const LEFT_OUT = 0.1;

/** Plays tasks with warm items only, then as if all items were cold. */
export function ratingsCalibration(world: RatingsWorld): RatingsBayes["calibrate"] {
  const programFor = memo((items: number) => ratingsStandingProgram(world.shape, world.config, items));
  /** The mixture's: its cumulative probabilities are the means of its members'. */
  const standingsOf = async (
    priors: readonly RatingsPrior[],
    part: readonly Task[],
    { coldTasks, seed }: { readonly coldTasks: number; readonly seed: number },
  ): Promise<Float64Array> => {
    const total = new Float64Array(world.config.batchTasks * world.config.maxQuery);
    for (const { params, tables } of priors) {
      const played = { ...world, config: { ...world.config, coldTasks } };
      const batch = layOutTasks(played, tables, part, createRng(seed));
      const program = await programFor(batch.items.length);
      const feeds = { params, batch: batch.feeds, slopes: slopesOf(world, part, coldTasks) };
      const { standings } = (await program.run(feeds)) as { standings: Float32Array };
      standings.forEach((at, i) => {
        total[i]! += at / priors.length;
      });
    }
    return total;
  };
  /**
   * How far each query value lies from the nearer end of its predicted distribution: the central interval that leaves out
   * `tail` at either end holds the values of depth `tail` and more. 0 to 1/2
   */
  const depthsOf = async (
    priors: readonly RatingsPrior[],
    tasks: readonly Task[],
    coldTasks: number,
  ): Promise<Float32Array> => {
    const { batchTasks, maxQuery } = world.config;
    const found: number[] = [];
    for (let start = 0; start < tasks.length; start += batchTasks) {
      const part = tasks.slice(start, start + batchTasks);
      const depths = (await standingsOf(priors, part, { coldTasks, seed: start })).map((at) =>
        Math.min(at, 1 - at),
      );
      part.forEach(({ query }, i) => {
        const events = Math.min(maxQuery, query.items.length);
        found.push(...depths.subarray(i * maxQuery, i * maxQuery + events));
      });
    }
    return Float32Array.from(found);
  };
  return async (priors, tasks) => ({
    warmTail: tailOf(await depthsOf(priors, tasks, 0)),
    coldTail: tailOf(await depthsOf(priors, tasks, 1)),
  });
}

/** Slopes of the queries' items on the supports'; cold items have none. `[tasks, query, support]`, padded */
function slopesOf(
  { knowledge, config }: RatingsWorld,
  tasks: readonly Task[],
  coldTasks: number,
): Float32Array {
  const { batchTasks, maxQuery, maxShots } = config;
  const out = new Float32Array(batchTasks * maxQuery * maxShots);
  const { neighbours } = knowledge;
  if (neighbours === undefined || coldTasks > 0) return out;
  tasks.forEach(({ support, query }, i) => {
    const [asked, met] = [query.items.slice(-maxQuery), support.items.slice(-maxShots)];
    const slopes = slopesBetween(neighbours, asked, met);
    asked.forEach((_, q) =>
      out.set(slopes.subarray(q * met.length, (q + 1) * met.length), (i * maxQuery + q) * maxShots),
    );
  });
  return out;
}

/**
 * The largest tail that leaves out at most a tenth of the values, one unseen value counted among the left out: the
 * `floor(0.1 (n + 1))`-th smallest depth; 0 (the whole scale) when there are too few values to say.
 */
export function tailOf(depths: Float32Array): number {
  const at = Math.floor(LEFT_OUT * (depths.length + 1));
  return at === 0 ? 0 : depths.toSorted()[at - 1]!;
}
