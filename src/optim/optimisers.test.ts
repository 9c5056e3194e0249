import { describe, expect, test } from "vitest";
import * as t from "../tensor/index.ts";
import {
  adagrad,
  adam,
  adamW,
  applyUpdates,
  chain,
  clipByGlobalNorm,
  clipByValue,
  cosineDecay,
  differentiableAdam,
  differentiableSgd,
  lamb,
  rowAdam,
  type Schedule,
  sgd,
  type TensorTransform,
  type Transform,
} from "./index.ts";

interface Problem {
  readonly name: string;
  readonly start: readonly number[];
  readonly optimum: readonly number[];
  gradient(x: ArrayLike<number>): number[];
}

/** `sum_j curvature_j (x_j - target_j)^2`, eccentric by a factor of ten. */
const parabola: Problem = {
  name: "parabola",
  start: [3, -4, 0],
  optimum: [1, 2, -0.5],
  gradient: (x) => [1, 0.3, 0.1].map((c, j) => 2 * c * ((x[j] ?? 0) - (parabola.optimum[j] ?? 0))),
};

/** `(1 - x)^2 + 100 (y - x^2)^2` */
const rosenbrock: Problem = {
  name: "Rosenbrock",
  start: [-0.5, 1],
  optimum: [1, 1],
  gradient: ({ 0: x = 0, 1: y = 0 }) => [-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)],
};

const logit = (p: number): number => Math.log(p / (1 - p));

/** Log loss of two cells with 3 of 4 and 1 of 5 positives: the optimum is the logit of each frequency. */
const logistic: Problem = {
  name: "logistic",
  start: [0, 0],
  optimum: [logit(3 / 4), logit(1 / 5) - logit(3 / 4)],
  gradient({ 0: a = 0, 1: b = 0 }) {
    const off = 4 * (1 / (1 + Math.exp(-a)) - 3 / 4);
    const on = 5 * (1 / (1 + Math.exp(-a - b)) - 1 / 5);
    return [(off + on) / 9, on / 9];
  },
};

function minimise(transform: Transform, problem: Problem, steps: number): Float32Array {
  let params: { x: Float32Array } = { x: Float32Array.from(problem.start) };
  let state = transform.init(params);
  for (let i = 0; i < steps; i++) {
    const [updates, next] = transform.update(
      { x: Float32Array.from(problem.gradient(params.x)) },
      state,
      params,
    );
    params = applyUpdates(params, updates);
    state = next;
  }
  return params.x;
}

const rows: [name: string, transform: Transform, problem: Problem, steps: number][] = [
  ["sgd", sgd({ learningRate: 0.4 }), parabola, 200],
  ["sgd", sgd({ learningRate: 0.0015 }), rosenbrock, 15_000],
  ["sgd", sgd({ learningRate: 2 }), logistic, 400],
  ["momentum", sgd({ learningRate: 0.1, momentum: 0.9 }), parabola, 300],
  ["momentum", sgd({ learningRate: 0.0005, momentum: 0.9 }), rosenbrock, 8000],
  ["momentum", sgd({ learningRate: 0.5, momentum: 0.9 }), logistic, 400],
  ["Nesterov", sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true }), parabola, 300],
  ["Nesterov", sgd({ learningRate: 0.0005, momentum: 0.9, nesterov: true }), rosenbrock, 8000],
  ["Nesterov", sgd({ learningRate: 0.5, momentum: 0.9, nesterov: true }), logistic, 400],
  ["adam", adam({ learningRate: 0.1 }), parabola, 600],
  ["adam", adam({ learningRate: 0.02 }), rosenbrock, 5000],
  ["adam", adam({ learningRate: 0.1 }), logistic, 600],
  ["adamW without decay", adamW({ learningRate: 0.1, weightDecay: 0 }), parabola, 600],
  ["adamW without decay", adamW({ learningRate: 0.02, weightDecay: 0 }), rosenbrock, 5000],
  ["adamW without decay", adamW({ learningRate: 0.1, weightDecay: 0 }), logistic, 600],
  ["adagrad", adagrad({ learningRate: 1 }), parabola, 400],
  ["adagrad", adagrad({ learningRate: 0.5 }), rosenbrock, 15_000],
  ["adagrad", adagrad({ learningRate: 0.5 }), logistic, 600],
  ["lamb", lamb({ learningRate: fading(0.1, 800), weightDecay: 0 }), parabola, 800],
  ["lamb", lamb({ learningRate: fading(0.02, 6000), weightDecay: 0 }), rosenbrock, 6000],
  ["lamb", lamb({ learningRate: fading(0.1, 800), weightDecay: 0 }), logistic, 800],
  ["clipped adam", chain(clipByGlobalNorm(0.5), adam({ learningRate: 0.02 })), rosenbrock, 5000],
  ["clipped sgd", chain(clipByValue(1), sgd({ learningRate: 0.0015 })), rosenbrock, 15_000],
];

/** LAMB's steps are as long as the parameters, so only a rate that fades lets it come to rest. */
function fading(from: number, steps: number): Schedule {
  return cosineDecay({ from, steps });
}

describe("every optimiser finds every optimum", () => {
  test.each(rows)("%s", (_, transform, problem, steps) => {
    expectAt(minimise(transform, problem, steps), problem);
  });
});

/** One row of a table of three; the others never have a gradient. */
function minimiseRow(problem: Problem, learningRate: number, steps: number): Float32Array {
  const width = problem.start.length;
  const table = new Float32Array(3 * width).fill(7);
  table.set(problem.start, width);
  const row = table.subarray(width, 2 * width);
  const optimiser = rowAdam({ learningRate });
  let state = optimiser.init(table, width);
  for (let i = 0; i < steps; i++) {
    const values = Float32Array.from(problem.gradient(row));
    state = optimiser.update({ rows: Int32Array.of(1), values }, state, table);
  }
  expect([...table.subarray(0, width), ...table.subarray(2 * width)]).toEqual(
    new Array<number>(2 * width).fill(7),
  );
  return row;
}

/** One step as a program, run again and again. */
async function minimiseTraced(
  transform: TensorTransform<t.TensorTree>,
  problem: Problem,
  steps: number,
): Promise<Float32Array> {
  const [x, g] = [t.input("x", [problem.start.length]), t.input("g", [problem.start.length])];
  const start = transform.init(x) as t.Tree<t.Tensor>;
  const state = t.mapTree<t.Tree<t.Tensor>, t.Tensor, t.Tensor>(start, (s, path) => t.input(path, s.shape));
  const [updates, next] = transform.update(g, state, x);
  const outputs = { to: t.add(x, updates), next: next as t.Tree<t.Tensor> };
  const program = await t.compile({ x, g, state }, outputs);
  let at = Float32Array.from(problem.start);
  let kept: unknown = t.mapTree<t.Tree<t.Tensor>, t.Tensor, Float32Array>(
    start,
    (s) => new Float32Array(t.sizeOf(s.shape)),
  );
  for (let i = 0; i < steps; i++) {
    const feeds = { x: at, g: Float32Array.from(problem.gradient(at)), state: kept };
    const done = await program.run(feeds as never);
    [at, kept] = [Float32Array.from(done.to), done.next];
  }
  await program.release();
  return at;
}

function expectAt(x: ArrayLike<number>, problem: Problem): void {
  expect(x.length).toBe(problem.optimum.length);
  problem.optimum.forEach((wanted, j) => expect(x[j]).toBeCloseTo(wanted, 2));
}

describe("so do those of rows and of tensors", () => {
  test.each([
    [parabola, 0.1, 600],
    [rosenbrock, 0.02, 5000],
    [logistic, 0.1, 600],
  ] as const)("rowAdam on $name", (problem, learningRate, steps) =>
    expectAt(minimiseRow(problem, learningRate, steps), problem),
  );

  const traced: [name: string, transform: TensorTransform<t.TensorTree>, problem: Problem, steps: number][] =
    [
      ["sgd", differentiableSgd({ learningRate: 0.4 }), parabola, 200],
      ["sgd", differentiableSgd({ learningRate: 0.0005, momentum: 0.9 }), rosenbrock, 8000],
      ["sgd", differentiableSgd({ learningRate: 2 }), logistic, 400],
      ["adam", differentiableAdam({ learningRate: 0.1 }), parabola, 600],
      ["adam", differentiableAdam({ learningRate: 0.02 }), rosenbrock, 5000],
      ["adam", differentiableAdam({ learningRate: 0.1 }), logistic, 600],
    ];
  test.each(traced)("differentiable %s, %#", async (_, transform, problem, steps) =>
    expectAt(await minimiseTraced(transform, problem, steps), problem),
  );
});

const problems = [parabola, rosenbrock, logistic];
test.each(["sgd", "momentum", "Nesterov", "adam", "adamW", "adagrad", "lamb"])(
  "%s tries every problem",
  (name) => {
    const tried = rows.filter(([row]) => row.split(" ")[0] === name).map(([, , problem]) => problem);
    expect(tried).toEqual(problems);
  },
);
