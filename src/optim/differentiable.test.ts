import { describe, expect, test } from "vitest";
import { misses } from "../../testing/backend-contract.ts";
import { checkGradient } from "../../testing/check-gradient.ts";
import { evaluate } from "../../testing/reference.ts";
import { createRng } from "../base/rng.ts";
import * as t from "../tensor/index.ts";
import {
  type Arrays,
  adam,
  applyUpdates,
  differentiableAdam,
  differentiableSgd,
  sgd,
  type TensorTransform,
  type Transform,
} from "./index.ts";

const other = { beta1: 0.7, beta2: 0.9, epsilon: 1e-3 };
const twins: [name: string, host: Transform, traced: TensorTransform<t.TensorTree>][] = [
  ["sgd", sgd({ learningRate: 0.1 }), differentiableSgd({ learningRate: 0.1 })],
  [
    "momentum",
    sgd({ learningRate: 0.1, momentum: 0.8 }),
    differentiableSgd({ learningRate: t.constant(0.1), momentum: 0.8 }),
  ],
  [
    "Nesterov",
    sgd({ learningRate: 0.1, momentum: 0.8, nesterov: true }),
    differentiableSgd({ learningRate: 0.1, momentum: t.constant(0.8), nesterov: true }),
  ],
  ["adam", adam({ learningRate: 0.1 }), differentiableAdam({ learningRate: 0.1 })],
  [
    "adam, other moments",
    adam({ learningRate: 0.1, ...other }),
    differentiableAdam({ learningRate: t.constant(0.1), ...other }),
  ],
];

test.each(twins)("%s goes in step with its twin on the host, 50 steps", (name, host, traced) => {
  const rng = createRng("twins").split(name);
  const start = { layer: { w: Float32Array.of(1, -2, 0.5) }, b: Float32Array.of(0.3) };
  const random = (length: number): Float32Array => Float32Array.from({ length }, () => rng.normal());
  const gradients = Array.from({ length: 50 }, () => ({ layer: { w: random(3) }, b: random(1) }));
  let hosted = { params: start as Arrays, state: host.init(start) };
  const wanted = gradients.map((g) => {
    const [updates, state] = host.update(g, hosted.state, hosted.params);
    hosted = { params: applyUpdates(hosted.params, updates), state };
    return t.flatten<Float32Array>(hosted.params).map(([, leaf]) => leaf);
  });
  const constantOf = (tree: Arrays): t.Tree<t.Tensor> =>
    t.mapTree<Arrays, Float32Array, t.Tensor>(tree, (leaf) => t.constant(leaf));
  let [params, state] = [constantOf(start), traced.init(constantOf(start))];
  const all = gradients.flatMap((g) => {
    const [updates, next] = traced.update(constantOf(g), state, params);
    const added = new Map(t.flatten<t.Tensor>(updates));
    params = t.mapTree<t.Tree<t.Tensor>, t.Tensor, t.Tensor>(params, (p, path) => t.add(p, added.get(path)!));
    state = next;
    return t.flatten<t.Tensor>(params).map(([, leaf]) => leaf);
  });
  const got = evaluate(all, new Map());
  wanted.flat().forEach((leaf, i) => expect(misses(got[i]!, leaf, 5e-6)).toEqual([]));
});

const problem = { w: [0.7, -1.2, 0.4], prior: [0.1, 0.2, -0.3] };

/** Three inner steps on a loss with a saddle, then another loss. */
function afterInnerLoop<S extends t.TensorTree>(w: t.Tensor, optimiser: TensorTransform<S>): t.Tensor {
  const inner = (at: t.Tensor): t.Tensor => t.sum(t.add(t.sin(t.mul(at, 2)), t.square(t.sub(at, 0.3))));
  const [{ at }] = t.unroll(
    (carry: { at: t.Tensor; state: S }) => {
      const [, g] = t.valueAndGrad(inner, carry.at);
      const [updates, state] = optimiser.update(g, carry.state, carry.at);
      return [{ at: t.add(carry.at, updates), state }, {}];
    },
    { at: w, state: optimiser.init(w) },
    { steps: 3 },
  );
  return t.sum(t.exp(at));
}

describe("gradients flow through three steps, to first and second order", () => {
  test("sgd with momentum: to the start, the rate and the momentum", () => {
    const build = ({ w, rate, momentum }: Record<"w" | "rate" | "momentum", t.Tensor>): t.Tensor =>
      afterInnerLoop(w, differentiableSgd({ learningRate: rate, momentum, nesterov: true }));
    expect(() => checkGradient(build, { w: problem.w, rate: 0.1, momentum: 0.7 })).not.toThrow();
  });

  test("Meta-SGD: to a rate for every element", () => {
    const build = ({ w, rate }: Record<"w" | "rate", t.Tensor>): t.Tensor =>
      afterInnerLoop(w, differentiableSgd({ learningRate: rate }));
    expect(() => checkGradient(build, { w: problem.w, rate: [0.1, 0.05, 0.2] })).not.toThrow();
  });

  test("adam: to the start, the rate, both betas and both epsilons", () => {
    type Names = "w" | "rate" | "beta1" | "beta2" | "epsilon" | "epsilonRoot";
    const build = ({ w, rate, ...moments }: Record<Names, t.Tensor>): t.Tensor =>
      afterInnerLoop(w, differentiableAdam({ learningRate: rate, ...moments }));
    const moments = { beta1: 0.8, beta2: 0.9, epsilon: 0.01, epsilonRoot: 0.002 };
    expect(() => checkGradient(build, { w: problem.w, rate: 0.1, ...moments })).not.toThrow();
  });

  test("a rate for each leaf", () => {
    const values = { a: [0.3, -0.5], b: 0.8, ra: 0.2, rb: 0.05 };
    const build = ({ a, b, ra, rb }: Record<keyof typeof values, t.Tensor>): t.Tensor => {
      const optimiser = differentiableSgd({ learningRate: { in: { a: ra }, b: rb } });
      const params = { in: { a }, b };
      const loss = t.mul(t.sum(t.square(a)), t.exp(b));
      const [updates] = optimiser.update(t.grad(loss, params), optimiser.init(params), params);
      return t.add(t.sum(t.exp(t.add(a, updates.in.a))), t.sin(t.add(b, updates.b)));
    };
    expect(() => checkGradient(build, values)).not.toThrow();
  });
});

describe("adam where a gradient is zero", () => {
  const derivativeAtZero = (epsilonRoot: number): { value: number; slope: number } => {
    const g = t.input("g", [2]);
    const optimiser = differentiableAdam({ learningRate: 0.1, epsilonRoot });
    const params = t.zeros([2]);
    const [first, state] = optimiser.update(g, optimiser.init(params), params);
    const [second] = optimiser.update(t.mul(g, 0.5), state, params);
    const all = t.add(first, second);
    const slope = t.grad(t.sum(all), g);
    const curvature = t.grad(t.sum(slope), g);
    const out = evaluate([all, slope, curvature], new Map([[g, [0, 0.3]]]));
    for (const numbers of out) for (const x of numbers) expect(Number.isFinite(x)).toBe(true);
    return { value: out[0]![0]!, slope: out[1]![0]! };
  };

  test("value and derivatives are finite, and those of `g / epsilon`", () => {
    const { value, slope } = derivativeAtZero(0);
    expect(value).toBe(-0);
    // First step: -0.1 g / 1e-8; second: m = (0.09 + 0.05) g, corrected by 0.19.
    expect(slope / (-1e7 * (1 + 0.14 / 0.19))).toBeCloseTo(1, 6);
  });

  test("epsilonRoot keeps them moderate", () => {
    const { slope } = derivativeAtZero(0.01);
    expect(slope).toBeCloseTo(-1 * (1 + 0.14 / 0.19), 5);
  });

  test("on onnxruntime, in float32", async () => {
    const w = t.input("w", [3]);
    const adapted = afterInnerLoop(
      t.mul(w, t.constant([1, 0, 1e-20])),
      differentiableAdam({ learningRate: 0.1 }),
    );
    const still = differentiableAdam({ learningRate: 0.1 });
    const [none] = still.update(t.mul(w, 0), still.init(w), w);
    const program = await t.compile({ w }, { g: t.grad(adapted, w), idle: t.grad(t.sum(none), w), none });
    const out = await program.run({ w: Float32Array.of(1, 2, 3) });
    expect(out.g.every(Number.isFinite)).toBe(true);
    expect([...out.none].map(Math.abs)).toEqual([0, 0, 0]);
    expect([...out.idle].map(Math.abs)).toEqual([0, 0, 0]);
    await program.release();
  });
});

describe("errors name the leaf", () => {
  const params = { layer: { w: t.zeros([2]) }, b: t.zeros([1]) };
  const optimiser = differentiableSgd({ learningRate: 0.1 });
  test("no gradient, one of another shape, no rate", () => {
    expect(() => optimiser.update({ b: t.zeros([1]) }, {}, params)).toThrow(
      'optimiser, leaf "layer.w": expected a gradient, got nothing',
    );
    expect(() => optimiser.update({ layer: { w: t.zeros([1]) }, b: t.zeros([1]) }, {}, params)).toThrow(
      'optimiser, leaf "layer.w": expected a gradient [2], got [1]',
    );
    const partly = differentiableSgd({ learningRate: { b: t.constant(1) } });
    expect(() => partly.update(params, {}, params)).toThrow(
      'optimiser, leaf "layer.w": expected a learning rate, got nothing',
    );
  });
});
