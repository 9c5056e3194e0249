import { describe, expect, test } from "vitest";
import { createRng } from "../base/rng.ts";
import {
  type Arrays,
  adam,
  adamW,
  applyUpdates,
  chain,
  clipByGlobalNorm,
  sgd,
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
  ["adam", adam({ learningRate: 0.1 }), parabola, 600],
  ["adam", adam({ learningRate: 0.02 }), rosenbrock, 5000],
  ["adam", adam({ learningRate: 0.1 }), logistic, 600],
  ["adamW without decay", adamW({ learningRate: 0.1, weightDecay: 0 }), logistic, 600],
  ["clipped adam", chain(clipByGlobalNorm(0.5), adam({ learningRate: 0.02 })), rosenbrock, 5000],
];

describe("every optimiser finds every optimum", () => {
  test.each(rows)("%s", (_, transform, problem, steps) => {
    const x = minimise(transform, problem, steps);
    expect(x.length).toBe(problem.optimum.length);
    problem.optimum.forEach((wanted, j) => expect(x[j]).toBeCloseTo(wanted, 2));
  });
});

/** Adam with decoupled decay for one number, in float64, from the closed form of the moments: no running state. */
function adamInClosedForm(gradients: readonly number[], start: number, rate: number, decay: number): number {
  let x = start;
  gradients.forEach((_, t) => {
    let [m, v] = [0, 0];
    for (let s = 0; s <= t; s++) {
      m += 0.1 * 0.9 ** (t - s) * (gradients[s] ?? 0);
      v += 0.001 * 0.999 ** (t - s) * (gradients[s] ?? 0) ** 2;
    }
    const direction = m / (1 - 0.9 ** (t + 1)) / (Math.sqrt(v / (1 - 0.999 ** (t + 1))) + 1e-8);
    x = x * (1 - rate * decay) - rate * direction;
  });
  return x;
}

test("adamW goes in step with a float64 reference written from the sums", () => {
  const rng = createRng(3).split("gradients");
  const gradients = Array.from({ length: 60 }, () => [rng.normal(), 1e-3 * rng.normal(), 50 * rng.normal()]);
  const transform = adamW({ learningRate: 0.01, weightDecay: 0.1, mask: (path) => path !== "layer.bias" });
  let params: Arrays = { layer: { weight: Float32Array.of(1, -2), bias: Float32Array.of(0.5) } };
  let state = transform.init(params);
  gradients.forEach((g, t) => {
    const grads = {
      layer: { weight: Float32Array.from(g.slice(0, 2)), bias: Float32Array.from(g.slice(2)) },
    };
    const [updates, next] = transform.update(grads, state, params);
    [params, state] = [applyUpdates(params, updates), next];
    const { weight, bias } = params["layer"] as { weight: Float32Array; bias: Float32Array };
    const past = (j: number): number[] => gradients.slice(0, t + 1).map((row) => Math.fround(row[j] ?? 0));
    expect(weight[0]).toBeCloseTo(adamInClosedForm(past(0), 1, 0.01, 0.1), 5);
    expect(weight[1]).toBeCloseTo(adamInClosedForm(past(1), -2, 0.01, 0.1), 5);
    expect(bias[0]).toBeCloseTo(adamInClosedForm(past(2), 0.5, 0.01, 0), 5);
  });
});

test("momentum equals the sum of decayed gradients", () => {
  const transform = sgd({ learningRate: 0.5, momentum: 0.8 });
  const params = { x: Float32Array.of(0) };
  let state = transform.init(params);
  let updates: Arrays = params;
  for (const g of [1, -3, 2]) [updates, state] = transform.update({ x: Float32Array.of(g) }, state, params);
  expect((updates["x"] as Float32Array)[0]).toBeCloseTo(-0.5 * (2 + 0.8 * -3 + 0.64 * 1), 6);
});
