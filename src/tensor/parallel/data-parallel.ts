import { ForetasteError } from "../../base/errors.ts";
import type { ProgressTask } from "../../base/progress.ts";
import { feedReader } from "../feeds.ts";
import { buildGraph } from "../program.ts";
import type { HostArray, Tensor } from "../tensor.ts";
import { type MapTree, mapTree, type Tree } from "../tree.ts";
import { shardPlan } from "./shard-plan.ts";
import { cancelled, startTeam } from "./team.ts";

/** The inputs of one shard: what all shards have in common, and what each has its own part of, along the first axis. */
export type ShardInputs = { readonly shared: Tree<Tensor>; readonly batch: Tree<Tensor> };

/** The outputs of one shard: what is summed over shards, and what is joined along the first axis. */
export type ShardOutputs = { readonly sum: Tree<Tensor>; readonly each: Tree<Tensor> };

/** How a batch is cut and who runs the pieces. */
export interface DataParallelOptions {
  /** Into how many pieces a batch is cut. Fixes the result: other numbers of shards round otherwise. */
  readonly shards: number;
  /** Worker threads; does not change a bit of the result. Not more than shards are started. */
  readonly workers: number;
  /**
   * Whether the calling thread runs shards too: nothing is copied for those, but its event loop waits for each of them.
   * Without workers it has to.
   */
  readonly takePart?: boolean;
  /** Whether every run writes what shards have of their own into the same arrays: read or copy them before the next. */
  readonly reuseResults?: boolean;
  /** Ends the workers; a run under way rejects. */
  readonly signal?: AbortSignal;
}

/** A program of one shard, run on a whole batch. */
export interface DataParallel<I, O> {
  /** Threads that were started. */
  readonly workers: number;
  /**
   * @param feeds inputs of the whole batch: first axes of `batch` are `shards` times as long as traced
   * @param progress is told how many shards are done
   * @throws what a worker threw, naming the shard; all workers have ended then
   */
  run(
    feeds: MapTree<I, Tensor, HostArray>,
    progress?: ProgressTask,
  ): Promise<MapTree<O, Tensor, Float32Array>>;
  release(): Promise<void>;
}

/**
 * A program whose batch is cut into shards that worker threads run, one session of one thread each. Sums go in the order
 * of the shards, so one worker and many give the same bits. On the processor. Shards that fit a core's cache pay on one
 * thread as well.
 *
 * @param inputs tensors of one shard
 * @param outputs of one shard; float32 what is summed
 * @throws SHAPE, CONFIG
 * @example
 * const step = await dataParallel(
 *   { shared: { params }, batch: { x, y } }, // x [tasks / 8, shots, width]
 *   { sum: { loss, grads: grad(loss, params) }, each: { losses } },
 *   { shards: 8, workers: 2 },
 * );
 * const { sum, each } = await step.run({ shared: { params: weights }, batch: { x: allTasks, y: allValues } });
 */
export async function dataParallel<I extends ShardInputs, O extends ShardOutputs>(
  inputs: I,
  outputs: O,
  options: DataParallelOptions,
): Promise<DataParallel<I, O>> {
  checkOptions(options);
  const graph = buildGraph(inputs, outputs);
  const plan = shardPlan(graph, options.shards);
  const read = feedReader(inputs, plan.wholeInputs);
  const takePart = options.takePart === true || options.workers === 0;
  const team = startTeam(plan, { ...options, takePart });
  await team.ready.catch(async (error: Error) => {
    await team.end();
    throw error;
  });
  let last: Promise<unknown> = Promise.resolve();
  const run: DataParallel<I, O>["run"] = async (feeds, progress) => {
    const given = read(feeds);
    const mine = last.then(() => team.step(given, progress));
    last = mine.catch(() => undefined);
    const results = await mine;
    return mapTree<O, Tensor, Float32Array>(outputs, (_, path) => results.get(path) as Float32Array);
  };
  return { workers: team.size, run, release: () => team.end() };
}

function checkOptions({ shards, workers, signal }: DataParallelOptions): void {
  for (const [key, value, least] of [
    ["shards", shards, 1],
    ["workers", workers, 0],
  ] as const) {
    if (Number.isInteger(value) && value >= least) continue;
    const where = `dataParallel, "${key}"`;
    throw new ForetasteError("CONFIG", {
      where,
      expected: `a whole number from ${least}`,
      got: String(value),
    });
  }
  if (signal?.aborted === true) throw cancelled();
}
