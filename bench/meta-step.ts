/** The meta-training step that the other scripts measure, numbers for it, and a way to time several ways of running it. */
import { createRng } from "../src/base/rng.ts";
import { innerLoop } from "../src/meta/network/inner-loop.ts";
import { paramInputs } from "../src/meta/params.ts";
import { losses } from "../src/models/losses.ts";
import { mlp } from "../src/models/mlp.ts";
import type { Events, Params } from "../src/models/model.ts";
import {
  exp,
  flatten,
  grad,
  input,
  map,
  mapTree,
  type Shape,
  sizeOf,
  slice,
  sum,
  type Tensor,
} from "../src/tensor/index.ts";

export const sizes = { width: 256, hidden: [64, 64], support: 20, query: 10, innerSteps: 1 } as const;

const spec = { size: sizes.width, user: 0, item: 1, userId: 0, itemId: 0, dense: 0 } as const;
const scoring = { spec, options: { hidden: sizes.hidden, dropout: 0 }, drop: (hidden: Tensor) => hidden };
const shapes = mlp.shapes(spec, scoring.options);

/** Events of tasks: `[tasks, n, width]`, `[tasks, n]`, `[tasks, n]`. */
export type Rows<T> = { readonly x: T; readonly value: T; readonly mask: T };

/** What a step is fed. */
export type StepInputs<T> = {
  readonly shared: { readonly network: Params<T>; readonly logRate: T };
  readonly batch: { readonly support: Rows<T>; readonly query: Rows<T> };
};

export type StepOutputs = {
  readonly sum: {
    readonly loss: Tensor;
    readonly grads: { readonly network: Params<Tensor>; readonly logRate: Tensor };
  };
  readonly each: { readonly losses: Tensor };
};

/** Second-order MAML on MeLU's network: losses of `tasks` tasks on their queries, and the gradient of their sum. */
export function metaStep(tasks: number): { inputs: StepInputs<Tensor>; outputs: StepOutputs } {
  const inputs: unknown = paramInputs({ network: shapes });
  const { network } = inputs as { readonly network: Params<Tensor> };
  const logRate = input("logRate", [sizes.hidden.length + 1]);
  const rows = (name: string, n: number) => ({
    x: input(`${name}.x`, [tasks, n, sizes.width]),
    value: input(`${name}.value`, [tasks, n]),
    mask: input(`${name}.mask`, [tasks, n]),
  });
  const [support, query] = [rows("support", sizes.support), rows("query", sizes.query)];
  const each = map((task) => adaptedLoss(network, logRate, task), { support, query });
  const loss = sum(each);
  return {
    inputs: { shared: { network, logRate }, batch: { support, query } },
    outputs: { sum: { loss, grads: grad(loss, { network, logRate }) }, each: { losses: each } },
  };
}

/** Squared error of one task on its query after the inner loop, one rate a layer. */
function adaptedLoss(
  network: Params<Tensor>,
  logRate: Tensor,
  task: { readonly support: Rows<Tensor>; readonly query: Rows<Tensor> },
): Tensor {
  const { squared } = losses;
  const [support, query]: Events[] = [task.support, task.query].map(({ x, ...rest }) => ({
    ...rest,
    item: x,
  }));
  const lossOf = (params: Params<Tensor>, events: Events): Tensor =>
    squared(mlp.score(params, events, { ...scoring, support: events }), events, 0);
  const layers = [...new Set(flatten<Tensor>(network).map(([path]) => layerOf(path)))];
  const learningRate = mapTree<Params<Tensor>, Tensor, Tensor>(network, (_, path) => {
    const at = layers.indexOf(layerOf(path));
    return slice(exp(logRate), 0, at, at + 1);
  });
  const options = { steps: sizes.innerSteps, order: 2, optimiser: "sgd", learningRate } as const;
  return lossOf(
    innerLoop(network, (fast) => lossOf(fast, support as Events), options),
    query as Events,
  );
}

function layerOf(path: string): string {
  return path.slice(0, path.lastIndexOf("."));
}

/** Random numbers for it. */
export function metaFeeds(tasks: number): StepInputs<Float32Array> {
  const rng = createRng(1);
  const random = (n: number, scale: number): Float32Array =>
    Float32Array.from({ length: n }, () => scale * rng.normal());
  const network = mapTree<Params<Shape>, Shape, Float32Array>(shapes, (shape, path) =>
    path.endsWith("weight") ? random(sizeOf(shape), 0.1) : new Float32Array(sizeOf(shape)),
  ) as Params<Float32Array>;
  const rows = (n: number) => ({
    x: random(tasks * n * sizes.width, 0.5),
    value: random(tasks * n, 1),
    mask: new Float32Array(tasks * n).fill(1),
  });
  const logRate = new Float32Array(sizes.hidden.length + 1).fill(Math.log(0.01));
  return { shared: { network, logRate }, batch: { support: rows(sizes.support), query: rows(sizes.query) } };
}

/** One way of running something; what it returns is consumed. */
export interface Side {
  readonly name: string;
  run(): Promise<number>;
}

/** Milliseconds of every run of every side, the sides in turn so that all see the same machine. */
export async function interleaved(
  sides: readonly Side[],
  { warmUp, runs, each = 1 }: { warmUp: number; runs: number; each?: number },
): Promise<{ name: string; medianMs: number; p10Ms: number; check: number }[]> {
  const times = sides.map((): number[] => []);
  const checks = sides.map(() => 0);
  for (let i = -warmUp; i < runs; i++) {
    for (const [at, side] of sides.entries()) {
      const start = performance.now();
      for (let j = 0; j < each; j++) checks[at] = await side.run();
      if (i >= 0) times[at]!.push((performance.now() - start) / each);
    }
  }
  return sides.map(({ name }, at) => {
    const sorted = times[at]!.sort((a, b) => a - b);
    const share = (part: number): number => sorted[Math.floor(part * (sorted.length - 1))]!;
    return { name, medianMs: share(0.5), p10Ms: share(0.1), check: checks[at]! };
  });
}
