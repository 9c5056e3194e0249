import { createRng } from "../../base/rng.ts";
import type { Task } from "../../tasks/task.ts";
import { memo } from "../buckets.ts";
import { layOutTasks, type RatingsWorld } from "./ratings-layout.ts";
import { ratingsDepthProgram } from "./ratings-programs.ts";
import type { RatingsBayes, RatingsPrior } from "./ratings-types.ts";

/** Share of values that an interval should not hold. */
const LEFT_OUT = 0.1;

/** Plays tasks with warm items only, then as if all items were cold. */
export function ratingsCalibration(world: RatingsWorld): RatingsBayes["calibrate"] {
  const programFor = memo((items: number) => ratingsDepthProgram(world.shape, world.config, items));
  const depthsOf = async (
    prior: RatingsPrior,
    tasks: readonly Task[],
    coldTasks: number,
  ): Promise<Float32Array> => {
    const { batchTasks, maxQuery } = world.config;
    const found: number[] = [];
    for (let start = 0; start < tasks.length; start += batchTasks) {
      const part = tasks.slice(start, start + batchTasks);
      const played = { ...world, config: { ...world.config, coldTasks } };
      const batch = layOutTasks(played, prior.tables, part, createRng(start));
      const program = await programFor(batch.items.length);
      const { depths } = (await program.run({ params: prior.params, batch: batch.feeds })) as {
        depths: Float32Array;
      };
      part.forEach(({ query }, i) => {
        const events = Math.min(maxQuery, query.items.length);
        found.push(...depths.subarray(i * maxQuery, i * maxQuery + events));
      });
    }
    return Float32Array.from(found);
  };
  return async (prior, tasks) => ({
    warmTail: tailOf(await depthsOf(prior, tasks, 0)),
    coldTail: tailOf(await depthsOf(prior, tasks, 1)),
  });
}

/**
 * The largest tail that leaves out at most a tenth of the values, one unseen value counted among the left out: the
 * `floor(0.1 (n + 1))`-th smallest depth; 0 (the whole scale) when there are too few values to say.
 */
export function tailOf(depths: Float32Array): number {
  const at = Math.floor(LEFT_OUT * (depths.length + 1));
  return at === 0 ? 0 : depths.toSorted()[at - 1]!;
}
