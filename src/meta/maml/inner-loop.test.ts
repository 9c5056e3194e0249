import fc from "fast-check";
import { expect, test } from "vitest";
import { checkGradient } from "../../../testing/check-gradient.ts";
import { evaluate } from "../../../testing/reference.ts";
import type { Nested } from "../../../testing/tensor-literal.ts";
import { createRng } from "../../base/rng.ts";
import { type Layer, type Layers, meluScore } from "../../models/melu.ts";
import { differentiableSgd } from "../../optim/index.ts";
import {
  add,
  compile,
  constant,
  exp,
  flatten,
  grad,
  input,
  map,
  mapTree,
  slice,
  sum,
  type Tensor,
  type Tree,
} from "../../tensor/index.ts";
import { buildGraph } from "../../tensor/program.ts";
import { type InnerOptions, innerLoop, type TaskEvents, taskLoss } from "./inner-loop.ts";

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

const supportOf = ({ x, value, mask }: Events): TaskEvents => ({
  x: constant(x.flat(), [x.length, x[0]?.length ?? 0]),
  value: constant(value, [value.length]),
  mask: constant(mask, [mask.length]),
});

const settings = { steps: 1, order: 2, shrinkage: 0 } as const;
const rates = (...values: number[]): Tensor => constant(values.map(Math.log), [values.length]);
const valuesOf = (tensors: readonly Tensor[]): number[][] =>
  evaluate(tensors, new Map()).map((values) => [...values]);
const leavesOf = (layers: Layers<Tensor>): Tensor[] => flatten<Tensor>(layers).map(([, leaf]) => leaf);

test("one step of linear regression by hand", () => {
  // score = 2 * 1 + 1 = 3 and 2 * 3 + 1 = 7 against 1 and 4: errors 2 and 3.
  const layers = { "0": { weight: constant([2], [1, 1]), bias: constant([1], [1]) } };
  const support = supportOf({ x: [[1], [3]], value: [1, 4], mask: [1, 1] });
  const fast = innerLoop(layers, support, { ...settings, logRate: rates(0.1) });
  // d/dw = (2 * 2 * 1 + 2 * 3 * 3) / 2 = 11 and d/db = (2 * 2 + 2 * 3) / 2 = 5, times .1
  expect(valuesOf(leavesOf(fast)).flat()).toEqual([expect.closeTo(0.9, 6), expect.closeTo(0.5, 6)]);
});

test("shrinkage divides the step of n events by (n + shrinkage) / n", () => {
  const layers = { "0": { weight: constant([2], [1, 1]), bias: constant([1], [1]) } };
  const support = supportOf({ x: [[1], [3]], value: [1, 4], mask: [1, 1] });
  const fast = innerLoop(layers, support, { ...settings, shrinkage: 3, logRate: rates(0.1) });
  expect(valuesOf([fast["0"]!.bias])[0]).toEqual([expect.closeTo(1 - 0.5 * 0.4, 6)]);
});

test("no event leaves the layers as they were", () => {
  const layers = layersOf(3, 2, 1);
  const support = supportOf({ x: [[1, 2, 3]], value: [0], mask: [0] });
  const fast = innerLoop(layers, support, { ...settings, steps: 2, logRate: rates(1, 1) });
  expect(valuesOf(leavesOf(fast))).toEqual(valuesOf(leavesOf(layers)));
});

/** The same loop as the textbook has it: the gradient of the loss by the weights, times the rate. */
function textbook(layers: Layers<Tensor>, support: TaskEvents, options: InnerOptions): Layers<Tensor> {
  const own = (i: number): Tensor => slice(exp(options.logRate), 0, i, i + 1);
  const learningRate = Object.fromEntries(
    Object.entries(layers).map(([name], i) => [name, { weight: own(i), bias: own(i) }]),
  );
  const inner = differentiableSgd({ learningRate });
  let fast = layers;
  for (let step = 0; step < options.steps; step++) {
    const loss = taskLoss(meluScore(fast, support.x), support, options.shrinkage);
    const [updates] = inner.update(grad(loss, fast) as Tree<Tensor>, {}, fast);
    const by = new Map(flatten<Tensor>(updates));
    fast = mapTree<Layers<Tensor>, Tensor, Tensor>(fast, (leaf, path) => add(leaf, by.get(path)!));
  }
  return fast;
}

test.each([1, 2, 3])("%i steps are those of SGD on the weights", (steps) => {
  const layers = layersOf(6, 5, 4, 1);
  const support = supportOf({
    x: ["x0", "x1", "x2"].map((label) => numbers(label, 6)),
    value: [1, -1, 0.5],
    mask: [1, 1, 0],
  });
  const options = { ...settings, steps, shrinkage: 1, logRate: rates(0.003, 0.01, 0.02) };
  const got = valuesOf(leavesOf(innerLoop(layers, support, options)));
  const expected = valuesOf(leavesOf(textbook(layers, support, options)));
  got.flat().forEach((w, i) => expect(w).toBeCloseTo(expected.flat()[i]!, 12));
  const start = valuesOf(leavesOf(layers));
  got.forEach((leaf, i) => expect(leaf).not.toEqual(start[i]));
});

/** Losses of several tasks on their queries after the inner loop, from shared layers. */
function mapped(
  layers: Layers<Tensor>,
  [support, query]: [TaskEvents, TaskEvents],
  options: InnerOptions,
): Tensor {
  return map(
    (task) => taskLoss(meluScore(innerLoop(layers, task.support, options), task.query.x), task.query, 0),
    { support, query },
  );
}

const eventInputs = (name: string, tasks: number, [n, width]: [number, number]): TaskEvents => ({
  x: input(`${name}X`, [tasks, n, width]),
  value: input(`${name}Value`, [tasks, n]),
  mask: input(`${name}Mask`, [tasks, n]),
});

test.each([1, 2] as const)(
  "order %i compiles to a program that forms no weights of the first layer",
  async (order) => {
    const [tasks, width, hidden] = [7, 60, 10];
    const layer = (i: number, from: number, to: number): Layer<Tensor> => ({
      weight: input(`w${i}`, [from, to]),
      bias: input(`b${i}`, [to]),
    });
    const layers = { "0": layer(0, width, hidden), "1": layer(1, hidden, 1) };
    const [support, query] = [eventInputs("s", tasks, [2, width]), eventInputs("q", tasks, [3, width])];
    const logRate = input("logRate", [2]);
    const losses = mapped(layers, [support, query], { steps: 3, order, shrinkage: 0, logRate });
    const gradients = grad(sum(losses), { layers, logRate, x: support.x });
    const inputs = { layers, logRate, support, query };
    const isWeights = ({ shape }: Tensor): boolean =>
      [
        [tasks, width, hidden],
        [tasks, hidden, width],
      ].some((whole) => String(whole) === String(shape));
    const program = await compile(inputs, { losses, gradients }, { threads: 1 });
    expect(program.graph.nodes.filter(isWeights)).toEqual([]);
    expect(program.graph.nodes.some(({ shape }) => String(shape) === String([tasks, 2, hidden]))).toBe(true);
    await program.release();
  },
);

test("tasks of a batch do not touch each other", () => {
  const layers = layersOf(3, 4, 1);
  const x = [numbers("a", 6), numbers("b", 6)];
  const options = { ...settings, steps: 2, logRate: rates(0.1, 0.1) };
  const losses = (rows: readonly number[][], values: readonly number[]): Tensor => {
    const events = {
      x: constant(rows.flat(), [rows.length, 2, 3]),
      value: constant(values, [rows.length, 2]),
      mask: constant(new Array(2 * rows.length).fill(1), [rows.length, 2]),
    };
    return mapped(layers, [events, events], options);
  };
  const [both, second] = valuesOf([losses(x, [1, 2, 3, 4]), losses([x[1]!], [3, 4])]);
  expect(both).toHaveLength(2);
  expect(both![1]).toBeCloseTo(second![0]!, 6);
});

/** Support and query of a small task. */
const given = { value: constant([1, -1, 0.5], [3]), mask: constant([1, 1, 0], [3]) };
const asked = { x: constant([0.5, -0.2], [1, 2]), value: constant([0.3], [1]), mask: constant([1], [1]) };

const queryLoss = (layers: Layers<Tensor>): Tensor => taskLoss(meluScore(layers, asked.x), asked, 0);
const namedLayers = ({ w0, b0, w1, b1 }: Record<string, Tensor>): Layers<Tensor> => ({
  "0": { weight: w0!, bias: b0! },
  "1": { weight: w1!, bias: b1! },
});

/** The layers after two steps as a function of all they depend on. */
function adapted(order: 1 | 2): (inputs: Record<string, Tensor>) => Layers<Tensor> {
  return (inputs) => {
    const support = { ...given, x: inputs["x"]! };
    const options = { steps: 2, order, shrinkage: 1, logRate: inputs["rate"]! };
    return innerLoop(namedLayers(inputs), support, options);
  };
}

const outerLoss =
  (order: 1 | 2) =>
  (inputs: Record<string, Tensor>): Tensor =>
    queryLoss(adapted(order)(inputs));

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
    [1, 0.5],
    [-0.4, 0.9],
    [7, 7],
  ],
  rate: [-2, -1.5],
};

test("the second-order gradient is the derivative of the loss after two steps, by central differences", () => {
  checkGradient(outerLoss(2), point, { tolerance: 1e-5 });
});

const layerInputs = (): Record<string, Tensor> => ({
  w0: input("w0", [2, 3]),
  b0: input("b0", [3]),
  w1: input("w1", [3, 1]),
  b1: input("b1", [1]),
});
const inputsOf = (): Record<string, Tensor> => ({
  ...layerInputs(),
  x: input("x", [3, 2]),
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
  const got = evaluate(Object.values(grad(outerLoss(1)(inputs), inputs)), feeds);
  // By hand: adapt, then differentiate the query loss at those weights, taken as leaves of their own.
  const values = evaluate(leavesOf(adapted(2)(inputs)), feeds);
  const leaves = layerInputs();
  const direct = evaluate(
    Object.values(grad(queryLoss(namedLayers(leaves)), leaves)),
    new Map(Object.values(leaves).map((leaf, i) => [leaf, values[i]!])),
  );
  direct.forEach((gradient, i) => gradient.forEach((g, j) => expect(got[i]![j]).toBeCloseTo(g, 8)));
  expect([...direct[0]!].some((g) => Math.abs(g) > 1e-3)).toBe(true);
});

test("padding and the order of the support change nothing", () => {
  const layers = layersOf(2, 3, 1);
  const score = (events: Events): number => {
    const fast = innerLoop(layers, supportOf(events), { ...settings, steps: 2, logRate: rates(0.05, 0.05) });
    return valuesOf([meluScore(fast, constant([1, -1], [1, 2]))])[0]![0]!;
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
