import { setImmediate } from "node:timers/promises";
import { ForetasteError } from "../../base/errors.ts";
import type { RunContext } from "../../base/progress.ts";
import { createRng } from "../../base/rng.ts";
import { adamW, applyUpdates } from "../../optim/index.ts";
import { compile, grad, type PortArray, type Tensor, type Tree } from "../../tensor/index.ts";
import { type HostParams, paramInputs } from "../params.ts";

/** How a map between domains is learned from the people of both. */
export interface MapConfig {
  readonly epochs: number;
  /** People a step. */
  readonly batchTasks: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly seed: number;
}

/** What is minimised: a batch of people in, their mean loss out. */
export interface MapProblem<P> {
  readonly name: string;
  readonly people: number;
  readonly shapes: P;
  readonly start: HostParams;
  /** Inputs of a batch besides the parameters. */
  readonly inputs: Readonly<Record<string, Tensor>>;
  loss(params: Tree<Tensor>): Tensor;
  /** What to feed for these people. */
  feed(rows: Int32Array): Readonly<Record<string, PortArray>>;
}

/**
 * AdamW on batches of people, each met once an epoch; the last batch is filled up from the front of the order.
 *
 * @throws CANCELLED
 */
export async function fitMap<P extends Tree<readonly number[]>>(
  problem: MapProblem<P>,
  config: MapConfig,
  context?: RunContext,
): Promise<HostParams> {
  const { name, people, shapes, inputs, feed } = problem;
  const { epochs, learningRate, weightDecay, seed } = config;
  const params = paramInputs(shapes) as Tree<Tensor>;
  const loss = problem.loss(params);
  const program = await compile<Tree<Tensor>, Tree<Tensor>>(
    { params, ...inputs },
    { grads: grad(loss, params) },
  );
  const optimiser = adamW({ learningRate, weightDecay });
  let [now, state] = [problem.start, optimiser.init(problem.start)];
  const rng = createRng(seed).split(name);
  const bar = context?.progress.start(name, epochs);
  try {
    for (let epoch = 0; epoch < epochs; epoch++) {
      await setImmediate();
      if (context?.signal?.aborted === true) throw stopped(name, epoch, epochs);
      for (const rows of batches(rng.split(epoch).shuffle([...Array(people).keys()]), config)) {
        const { grads } = (await program.run({ params: now, ...feed(rows) })) as { grads: HostParams };
        const [updates, next] = optimiser.update(grads, state, now);
        [now, state] = [applyUpdates(now, updates), next];
      }
      bar?.update(epoch + 1);
    }
  } finally {
    bar?.finish();
    await program.release();
  }
  return now;
}

/** Slices of one size of an order that starts again at its end. */
export function* batches(
  order: readonly number[],
  { batchTasks }: Pick<MapConfig, "batchTasks">,
): Generator<Int32Array> {
  for (let from = 0; from < order.length; from += batchTasks) {
    yield Int32Array.from({ length: batchTasks }, (_, at) => order[(from + at) % order.length]!);
  }
}

function stopped(where: string, done: number, epochs: number): ForetasteError {
  return new ForetasteError("CANCELLED", {
    where,
    expected: `${epochs} epochs`,
    got: `a stop after ${done}`,
  });
}
