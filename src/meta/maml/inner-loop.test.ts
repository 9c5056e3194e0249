import fc from "fast-check";
import { expect, test } from "vitest";
import { checkGradient } from "../../../testing/check-gradient.ts";
import { evaluate } from "../../../testing/reference.ts";
import type { Nested } from "../../../testing/tensor-literal.ts";
import { createRng } from "../../base/rng.ts";
import { type Layers, traceMelu } from "../../models/melu.ts";
import { compile, constant, flatten, grad, input, sum, type Tensor, type Tree } from "../../tensor/index.ts";
import { buildGraph } from "../../tensor/program.ts";
import { asAffine, innerLoop, multipliedOut, taskLosses } from "./inner-loop.ts";

const numbers = (label: string, size: number): number[] => {
  const rng = createRng(label);
  return Array.from({ length: size }, () => rng.normal());
};

/** Layers with given widths and reproducible weights. */
function layersOf(...widths: number[]): Layers<Tensor> {
  const layers = widths.slice(1).map((out, i) => {
    const fanIn = widths[i] as number;
    const weight = constant(numbers(`w${i}`, fanIn * out), [fanIn, out]);
    return [String(i), { weight, bias: constant(numbers(`b${i}`, out), [out]) }] as const;
  });
  return Object.fromEntries(layers);
}

interface Events {
  readonly x: readonly (readonly number[])[];
  readonly value: readonly number[];
  readonly mask: readonly number[];
}

const supportOf = ({ x, value, mask }: Events): { x: Tensor; value: Tensor; mask: Tensor } => ({
  x: constant(x.flat(), [1, x.length, x[0]?.length ?? 0]),
  value: constant(value, [1, value.length]),
  mask: constant(mask, [1, mask.length]),
});

const settings = { steps: 1, order: 2, shrinkage: 0 } as const;
const rates = (...values: number[]): Tensor => constant(values.map(Math.log), [values.length]);
const valuesOf = (tensors: readonly Tensor[]): number[][] =>
  evaluate(tensors, new Map()).map((values) => [...values]);

test("one step of linear regression by hand", () => {
  // score = 2 * 1 + 1 = 3 and 2 * 3 + 1 = 7 against 1 and 4: errors 2 and 3.
  const layers = { "0": { weight: constant([2], [1, 1]), bias: constant([1], [1]) } };
  const support = supportOf({ x: [[1], [3]], value: [1, 4], mask: [1, 1] });
  const [fast] = innerLoop(layers, support, { ...settings, logRate: rates(0.1) });
  const { weight, bias } = multipliedOut(fast!);
  // d/dw = (2 * 2 * 1 + 2 * 3 * 3) / 2 = 11 and d/db = (2 * 2 + 2 * 3) / 2 = 5, times .1
  expect(valuesOf([weight, bias]).flat()).toEqual([expect.closeTo(0.9, 6), expect.closeTo(0.5, 6)]);
});

test("shrinkage divides the step of n events by (n + shrinkage) / n", () => {
  const layers = { "0": { weight: constant([2], [1, 1]), bias: constant([1], [1]) } };
  const support = supportOf({ x: [[1], [3]], value: [1, 4], mask: [1, 1] });
  const [fast] = innerLoop(layers, support, { ...settings, shrinkage: 3, logRate: rates(0.1) });
  expect(valuesOf([multipliedOut(fast!).bias])[0]).toEqual([expect.closeTo(1 - 0.5 * 0.4, 6)]);
});

test("no event leaves the layers as they were", () => {
  const layers = layersOf(3, 2, 1);
  const support = supportOf({ x: [[1, 2, 3]], value: [0], mask: [0] });
  const fast = innerLoop(layers, support, { ...settings, steps: 2, logRate: rates(1, 1) });
  const got = fast.map(multipliedOut).flatMap(({ weight, bias }) => [weight, bias]);
  const before = Object.values(layers).flatMap(({ weight, bias }) => [weight, bias]);
  expect(valuesOf(got)).toEqual(valuesOf(before));
});

test.each([1, 2, 3])("%i steps: factors give what plain SGD on the weights gives", (steps) => {
  // 60 inputs and two events: the first layer keeps factors; one output: the second does not.
  const layers = layersOf(60, 10, 1);
  const support = supportOf({
    x: [numbers("x0", 60), numbers("x1", 60)],
    value: [1, -1],
    mask: [1, 1],
  });
  const options = { ...settings, steps, logRate: rates(0.003, 0.01) };
  const fast = innerLoop(layers, support, options);
  expect(fast.map(({ changes }) => changes.length)).toEqual([steps, 0]);
  let plain: Layers<Tensor> = layers;
  for (let step = 0; step < steps; step++) {
    const affine = Object.values(plain).map((layer) => asAffine({ layer, changes: [] }));
    const loss = sum(taskLosses(traceMelu(affine, support.x).score, support, 0));
    plain = descend(plain, grad(loss, plain) as Layers<Tensor>);
  }
  const query = constant(numbers("q", 3 * 60), [1, 3, 60]);
  const [got, expected] = valuesOf([
    traceMelu(fast.map(asAffine), query).score,
    traceMelu(
      Object.values(plain).map((layer) => asAffine({ layer, changes: [] })),
      query,
    ).score,
  ]);
  got!.forEach((score, i) => expect(score / expected![i]!).toBeCloseTo(1, 5));
  const weights = valuesOf(fast.map((layer) => multipliedOut(layer).weight));
  const plainWeights = valuesOf(Object.values(plain).map(({ weight }) => weight));
  weights.flat().forEach((w, i) => expect(w).toBeCloseTo(plainWeights.flat()[i]!, 5));
});

/** The layers after one step of plain SGD, as constants, with the rates .003 and .01. */
function descend(layers: Layers<Tensor>, gradient: Layers<Tensor>): Layers<Tensor> {
  const moved = Object.entries(layers).map(([name, layer], i) => {
    const [w, b, dw, db] = valuesOf([layer.weight, layer.bias, gradient[name]!.weight, gradient[name]!.bias]);
    const rate = [0.003, 0.01][i]!;
    const step = (from: number[], by: number[]): number[] => from.map((x, j) => x - rate * by[j]!);
    const next = {
      weight: constant(step(w!, dw!), layer.weight.shape),
      bias: constant(step(b!, db!), layer.bias.shape),
    };
    return [name, next] as const;
  });
  return Object.fromEntries(moved);
}

test("tasks of a batch do not touch each other", () => {
  const layers = layersOf(3, 4, 1);
  const x = [numbers("a", 6), numbers("b", 6)];
  const options = { ...settings, steps: 2, logRate: rates(0.1, 0.1) };
  const scores = (rows: readonly number[][], values: readonly number[]): Tensor => {
    const support = {
      x: constant(rows.flat(), [rows.length, 2, 3]),
      value: constant(values, [rows.length, 2]),
      mask: constant(new Array(2 * rows.length).fill(1), [rows.length, 2]),
    };
    return traceMelu(innerLoop(layers, support, options).map(asAffine), support.x).score;
  };
  const [both, second] = valuesOf([scores(x, [1, 2, 3, 4]), scores([x[1]!], [3, 4])]);
  both!.slice(2).forEach((score, i) => expect(score).toBeCloseTo(second![i]!, 6));
});

/** Query loss after the inner loop as a function of all it depends on. */
function outerLoss(order: 1 | 2): (inputs: Record<string, Tensor>) => Tensor {
  return ({ w0, b0, w1, b1, x, rate }) => {
    const layers = { "0": { weight: w0!, bias: b0! }, "1": { weight: w1!, bias: b1! } };
    const support = { x: x!, value: constant([1, -1, 0.5], [1, 3]), mask: constant([1, 1, 0], [1, 3]) };
    const fast = innerLoop(layers, support, { steps: 2, order, shrinkage: 1, logRate: rate! });
    const query = { value: constant([0.3], [1, 1]), mask: constant([1], [1, 1]) };
    const score = traceMelu(fast.map(asAffine), constant([0.5, -0.2], [1, 1, 2])).score;
    return sum(taskLosses(score, query, 0));
  };
}

const flat = (values: Nested): number[] => (typeof values === "number" ? [values] : values.flatMap(flat));
const point: Readonly<Record<string, Nested>> = {
  w0: [
    [0.4, -0.3, 0.8],
    [0.7, 0.6, -0.5],
  ],
  b0: [0.1, 0.2, 0.3],
  w1: [[0.5], [-0.6], [0.9]],
  b1: [0.05],
  x: [
    [
      [1, 0.5],
      [-0.4, 0.9],
      [7, 7],
    ],
  ],
  rate: [-2, -1.5],
};

test("the second-order gradient is the derivative of the loss after two steps, by central differences", () => {
  checkGradient(outerLoss(2), point, { tolerance: 1e-5 });
});

const inputsOf = (): Record<string, Tensor> => ({
  w0: input("w0", [2, 3]),
  b0: input("b0", [3]),
  w1: input("w1", [3, 1]),
  b1: input("b1", [1]),
  x: input("x", [1, 3, 2]),
  rate: input("rate", [2]),
});

test("order 1 is FOMAML: the gradient at the adapted weights, in fewer nodes", () => {
  const inputs = inputsOf();
  const nodes = ([1, 2] as const).map((order) => {
    const gradient = grad(outerLoss(order)(inputs), inputs);
    return buildGraph(inputs, { gradient }).nodes.length;
  });
  expect(nodes[0]).toBeLessThan(0.8 * nodes[1]!);

  const feeds = new Map(Object.entries(point).map(([name, value]) => [inputs[name]!, flat(value)]));
  const [w0, b0] = evaluate(Object.values(grad(outerLoss(1)(inputs), inputs)), feeds);
  // By hand: adapt, then differentiate the query loss at those weights, taken as leaves of their own.
  const support = {
    x: inputs["x"]!,
    value: constant([1, -1, 0.5], [1, 3]),
    mask: constant([1, 1, 0], [1, 3]),
  };
  const layers = {
    "0": { weight: inputs["w0"]!, bias: inputs["b0"]! },
    "1": { weight: inputs["w1"]!, bias: inputs["b1"]! },
  };
  const fast = innerLoop(layers, support, { steps: 2, order: 2, shrinkage: 1, logRate: inputs["rate"]! });
  const adapted = evaluate(
    fast.map(multipliedOut).flatMap(({ weight, bias }) => [weight, bias]),
    feeds,
  );
  const leaves = {
    w0: input("w0", [2, 3]),
    b0: input("b0", [3]),
    w1: input("w1", [3, 1]),
    b1: input("b1", [1]),
  };
  const affine = [
    { weight: leaves.w0, bias: leaves.b0 },
    { weight: leaves.w1, bias: leaves.b1 },
  ].map((layer) => asAffine({ layer, changes: [] }));
  const score = traceMelu(affine, constant([0.5, -0.2], [1, 1, 2])).score;
  const loss = sum(taskLosses(score, { value: constant([0.3], [1, 1]), mask: constant([1], [1, 1]) }, 0));
  const direct = evaluate(
    Object.values(grad(loss, leaves)),
    new Map(Object.values(leaves).map((leaf, i) => [leaf, adapted[i]!])),
  );
  [...w0!, ...b0!].forEach((g, i) => expect(g).toBeCloseTo([...direct[0]!, ...direct[1]!][i]!, 8));
  expect([...w0!].some((g) => Math.abs(g) > 1e-3)).toBe(true);
});

test("padding and the order of the support change nothing", () => {
  const layers = layersOf(2, 3, 1);
  const score = (events: Events): number => {
    const fast = innerLoop(layers, supportOf(events), { ...settings, steps: 2, logRate: rates(0.05, 0.05) });
    return valuesOf([traceMelu(fast.map(asAffine), constant([1, -1], [1, 1, 2])).score])[0]![0]!;
  };
  const number = fc.double({ min: -2, max: 2, noNaN: true });
  const event = fc.tuple(number, number, number);
  fc.assert(
    fc.property(
      fc.array(event, { minLength: 1, maxLength: 6 }),
      fc.array(event, { maxLength: 4 }),
      (own, rest) => {
        const build = (events: readonly (readonly number[])[]): Events => ({
          x: [...events, ...rest].map(([a, b]) => [a!, b!]),
          value: [...events, ...rest].map(([, , value]) => value!),
          mask: [...events.map(() => 1), ...rest.map(() => 0)],
        });
        const plain = build(own);
        const bare = {
          x: plain.x.slice(0, own.length),
          value: plain.value.slice(0, own.length),
          mask: own.map(() => 1),
        };
        expect(score(plain)).toBeCloseTo(score(bare), 5);
        expect(score(build(own.toReversed()))).toBeCloseTo(score(bare), 5);
      },
    ),
    { seed: 5, numRuns: 40 },
  );
});

test("onnxruntime computes the second-order gradient as the float64 reference does", async () => {
  const inputs = inputsOf();
  const gradient = grad(outerLoss(2)(inputs), inputs);
  const program = await compile(inputs, { gradient }, { threads: 1 });
  const named = Object.entries(point).map(([name, value]) => [name, flat(value)] as const);
  const got = await program.run(
    Object.fromEntries(named.map(([name, value]) => [name, Float32Array.from(value)])) as never,
  );
  const expected = evaluate(
    flatten<Tensor>(gradient as Tree<Tensor>).map(([, tensor]) => tensor),
    new Map(named.map(([name, value]) => [inputs[name]!, value])),
  );
  Object.values(got["gradient"] as Record<string, Float32Array>).forEach((values, i) =>
    values.forEach((x, j) => expect(x).toBeCloseTo(expected[i]![j]!, 4)),
  );
});
