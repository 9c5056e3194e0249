/** The meta-training step that the other scripts measure, numbers for it, and a way to time several ways of running it. */
import { createRng } from "../src/base/rng.ts";
import { innerLoop, taskLoss } from "../src/meta/maml/inner-loop.ts";
import { paramInputs } from "../src/meta/params.ts";
import { type Layers, meluScore, meluShapes } from "../src/models/melu.ts";
import { grad, input, map, sizeOf, sum, type Tensor } from "../src/tensor/index.ts";

export const sizes = { width: 256, hidden: [64, 64], support: 20, query: 10, innerSteps: 1 } as const;

const shapes = meluShapes(sizes.width, sizes.hidden);

/** Events of tasks: `[tasks, n, width]`, `[tasks, n]`, `[tasks, n]`. */
export type Rows<T> = { readonly x: T; readonly value: T; readonly mask: T };

/** What a step is fed. */
export type StepInputs<T> = {
  readonly shared: { readonly layers: Layers<T>; readonly logRate: T };
  readonly batch: { readonly support: Rows<T>; readonly query: Rows<T> };
};

export type StepOutputs = {
  readonly sum: {
    readonly loss: Tensor;
    readonly grads: { readonly layers: Layers<Tensor>; readonly logRate: Tensor };
  };
  readonly each: { readonly losses: Tensor };
};

/** Second-order MAML on MeLU's network: losses of `tasks` tasks on their queries, and the gradient of their sum. */
export function metaStep(tasks: number): { inputs: StepInputs<Tensor>; outputs: StepOutputs } {
  const layers = paramInputs(shapes) as Layers<Tensor>;
  const logRate = input("logRate", [sizes.hidden.length + 1]);
  const rows = (name: string, n: number) => ({
    x: input(`${name}.x`, [tasks, n, sizes.width]),
    value: input(`${name}.value`, [tasks, n]),
    mask: input(`${name}.mask`, [tasks, n]),
  });
  const [support, query] = [rows("support", sizes.support), rows("query", sizes.query)];
  const options = { steps: sizes.innerSteps, order: 2, logRate, shrinkage: 0 } as const;
  const lossOf = (task: { support: Rows<Tensor>; query: Rows<Tensor> }): Tensor =>
    taskLoss(meluScore(innerLoop(layers, task.support, options), task.query.x), task.query, 0);
  const losses = map(lossOf, { support, query });
  const loss = sum(losses);
  return {
    inputs: { shared: { layers, logRate }, batch: { support, query } },
    outputs: { sum: { loss, grads: grad(loss, { layers, logRate }) }, each: { losses } },
  };
}

/** Random numbers for it. */
export function metaFeeds(tasks: number): StepInputs<Float32Array> {
  const rng = createRng(1);
  const random = (n: number, scale: number): Float32Array =>
    Float32Array.from({ length: n }, () => scale * rng.normal());
  const layers = Object.fromEntries(
    Object.entries(shapes).map(([key, { weight, bias }]) => [
      key,
      {
        weight: random(sizeOf(weight as number[]), 0.1),
        bias: new Float32Array(sizeOf(bias as number[])),
      },
    ]),
  );
  const rows = (n: number) => ({
    x: random(tasks * n * sizes.width, 0.5),
    value: random(tasks * n, 1),
    mask: new Float32Array(tasks * n).fill(1),
  });
  const logRate = new Float32Array(sizes.hidden.length + 1).fill(Math.log(0.01));
  return { shared: { layers, logRate }, batch: { support: rows(sizes.support), query: rows(sizes.query) } };
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
