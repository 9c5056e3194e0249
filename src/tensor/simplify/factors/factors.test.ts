import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { misses } from "../../../../testing/backend-contract.ts";
import { naiveMaml } from "../../../../testing/naive-maml.ts";
import { evaluate } from "../../../../testing/reference.ts";
import { topological } from "../../grad.ts";
import * as t from "../../index.ts";
import { simplify } from "../simplify.ts";
import { keepFactors } from "./factors.ts";

const [TASKS, ROWS, IN, OUT] = [4, 3, 96, 80];
/** What every task has for itself, and what all share. */
const x = t.input("x", [TASKS, ROWS, IN]);
const x2 = t.input("x2", [TASKS, ROWS, IN]);
const h = t.input("h", [TASKS, ROWS, IN]);
const d = t.input("d", [TASKS, ROWS, OUT]);
const d2 = t.input("d2", [TASKS, ROWS, OUT]);
const c = t.input("c", [TASKS, ROWS, OUT]);
const w = t.input("w", [IN, OUT]);
const own = t.input("own", [TASKS, IN, OUT]);
const shared = t.input("shared", [ROWS, IN]);
const sharedD = t.input("sharedD", [ROWS, OUT]);
const upright = t.input("upright", [TASKS, OUT, ROWS]);
const long = t.input("long", [TASKS, 70, IN]);
const longD = t.input("longD", [TASKS, 70, OUT]);
const rate = t.input("rate", [1]);
const rates = t.input("rates", [TASKS, 1, 1]);
const inputs = [x, x2, h, d, d2, c, w, own, shared, sharedD, upright, long, longD, rate, rates];

function numbers(tensor: t.Tensor, at: number): Float64Array {
  const size = tensor.shape.reduce((a, b) => a * b, 1);
  return Float64Array.from({ length: size }, (_, i) => Math.sin(1.7 * i + at) / 2);
}
const feeds = new Map(inputs.map((tensor, i) => [tensor, numbers(tensor, i)]));

const nodes = (outputs: readonly t.Tensor[]): t.Tensor[] =>
  topological(outputs).filter(({ op }) => op.name !== "input" && op.name !== "constant");
/** Nodes that hold a matrix of weights for each task. */
const weights = (outputs: readonly t.Tensor[]): t.Tensor[] =>
  nodes(outputs).filter(({ shape }) => shape[0] === TASKS && shape[1] === IN && shape[2] === OUT);

/** Every output in float64, before and after. */
function expectSameValues(before: readonly t.Tensor[], after: readonly t.Tensor[]): void {
  const [wanted, got] = [evaluate(before, feeds), evaluate(after, feeds)];
  before.forEach((output, i) => {
    expect(after[i]?.shape).toEqual(output.shape);
    expect(wanted[i]?.length).toBeGreaterThan(0);
    expect(misses(got[i] ?? [], wanted[i] ?? [], 1e-9)).toEqual([]);
  });
}

const step = (data = x, delta = d): t.Tensor => t.matmul(data, delta, { transposeA: true });

interface Program {
  readonly what: string;
  readonly outputs: () => readonly t.Tensor[];
  /** Operators before and after. */
  readonly before: number;
  readonly after: number;
  /** Matrices of weights, one for each task, that are still formed. */
  readonly formed: number;
}

const programs: readonly Program[] = [
  {
    what: "weights after a step, used twice",
    outputs: () => {
      const fast = t.sub(w, t.mul(rate, step()));
      return [t.matmul(h, fast), t.matmul(c, fast, { transposeB: true })];
    },
    before: 5,
    after: 13,
    formed: 0,
  },
  {
    what: "two steps on the same inputs are one product",
    outputs: () => [t.matmul(h, t.add(t.sub(w, t.div(step(), rates)), t.neg(step(x, d2))))],
    before: 7,
    after: 8,
    formed: 0,
  },
  {
    what: "a matrix of its own for each task, scaled",
    outputs: () => {
      const fast = t.mul(t.sub(own, step()), rates);
      return [t.matmul(h, fast), t.matmul(c, fast, { transposeB: true })];
    },
    before: 5,
    after: 12,
    formed: 0,
  },
  {
    what: "more rows than pay: the weights are formed",
    outputs: () => {
      const fast = t.sub(w, t.matmul(long, longD, { transposeA: true }));
      return [t.matmul(long, fast), t.matmul(longD, fast, { transposeB: true })];
    },
    before: 4,
    after: 4,
    formed: 2,
  },
  {
    what: "weights that are returned",
    outputs: () => [t.sub(w, t.mul(rate, step()))],
    before: 3,
    after: 3,
    formed: 3,
  },
  {
    what: "weights that are returned and used",
    outputs: () => {
      const fast = t.sub(w, t.mul(rate, step()));
      return [fast, t.matmul(h, fast)];
    },
    before: 4,
    after: 9,
    formed: 2,
  },
  {
    what: "the sum over tasks is one product of all rows",
    outputs: () => [t.sum(t.sub(t.mul(step(), rates), step(x2, d2)), 0)],
    before: 6,
    after: 10,
    formed: 0,
  },
  {
    what: "the sum over tasks of products with shared rows",
    outputs: () => [t.sum(t.add(t.matmul(shared, d, { transposeA: true }), w), 0, true)],
    before: 3,
    after: 6,
    formed: 0,
  },
  {
    what: "the inner product with a step",
    outputs: () => [t.sum(t.mul(own, t.neg(step())), [1, 2], true)],
    before: 4,
    after: 4,
    formed: 0,
  },
  {
    what: "the inner product of two steps",
    outputs: () => [t.sum(t.mul(step(x2, d2), step()))],
    before: 5,
    after: 5,
    formed: 0,
  },
  {
    what: "a chain of products, from the side where it is small",
    outputs: () => [t.matmul(x, t.matmul(h, c, { transposeA: true }))],
    before: 2,
    after: 2,
    formed: 0,
  },
  {
    what: "a chain of products, standing on the left and transposed",
    outputs: () => [
      t.matmul(t.transpose(step()), h, { transposeB: true }),
      t.matmul(step(), d, { transposeB: true }),
    ],
    before: 5,
    after: 4,
    formed: 0,
  },
  {
    what: "products with a common factor, one of them folded into rows",
    outputs: () => [t.add(t.matmul(x, w), t.sub(t.matmul(h, w), t.matmul(x2, own)))],
    before: 9,
    after: 6,
    formed: 0,
  },
  {
    what: "weights that pay to be formed, and a sum over tasks that does without them",
    outputs: () => {
      const fast = t.sub(own, t.matmul(long, longD, { transposeA: true }));
      const used = [t.matmul(long, fast), t.matmul(longD, fast, { transposeB: true })];
      return [...used, t.sum(t.add(fast, step()), 0)];
    },
    before: 8,
    after: 12,
    formed: 2,
  },
  {
    what: "a step on shared rows",
    outputs: () => [
      t.matmul(h, t.sub(w, t.expand(t.mul(rates, t.matmul(shared, d, { transposeA: true })), own.shape))),
    ],
    before: 4,
    after: 7,
    formed: 0,
  },
  {
    what: "a nonlinear function of the weights",
    outputs: () => [t.matmul(h, t.tanh(t.sub(w, step())))],
    before: 4,
    after: 4,
    formed: 3,
  },
];

describe("matrices are kept as factors", () => {
  test.each(programs)("$what: $before operators become $after", ({ outputs, before, after, formed }) => {
    const raw = outputs();
    const simple = keepFactors(keepFactors(raw));
    expectSameValues(raw, simple);
    expect([nodes(raw).length, nodes(simple).length, weights(simple).length]).toEqual([
      before,
      after,
      formed,
    ]);
  });
});

test("with fixed inputs the products of rows with rows are computed once for all steps", () => {
  const { inputs: given, outputs } = naiveMaml({
    tasks: 4,
    support: 3,
    query: 2,
    steps: 3,
    widths: [96, 32, 1],
  });
  const simple = simplify(t.flatten<t.Tensor>(outputs).map(([, tensor]) => tensor));
  const { given: support, asked } = given as { given: { x: t.Tensor }; asked: { x: t.Tensor } };
  const grams = nodes(simple).filter(
    ({ op, inputs: [a, b] }) => op.name === "matmul" && [support.x, asked.x].includes(a!) && b === support.x,
  );
  expect(grams.map(({ shape }) => shape)).toEqual([
    [4, 3, 3],
    [4, 2, 3],
  ]);
});

test("naive MAML of second order forms no weights of the first layer for any task, and its gradients stay", () => {
  const { outputs } = naiveMaml({ tasks: TASKS, support: ROWS, query: 2, steps: 3, widths: [IN, OUT, 2] });
  const raw = t.flatten<t.Tensor>(outputs).map(([, tensor]) => tensor);
  for (const node of topological(raw))
    if (node.op.name === "input") feeds.set(node, numbers(node, node.shape.length));
  const simple = simplify(raw);
  expectSameValues(raw, simple);
  expect(weights(raw).length).toBeGreaterThan(20);
  expect(weights(simple)).toEqual([]);
  simplify(simple).forEach((output, i) => expect(output).toBe(simple[i]));
});

test("so does an inner loop written for one task and mapped over all", () => {
  const start = t.input("start", [IN, OUT]);
  feeds.set(start, numbers(start, 3));
  const lossOf = (weight: t.Tensor, rows: t.Tensor, to: t.Tensor): t.Tensor =>
    t.mean(t.square(t.sub(t.tanh(t.matmul(rows, weight)), to)));
  const perTask = t.map(
    (task) => {
      let fast = start;
      for (let i = 0; i < 2; i++) fast = t.sub(fast, t.mul(rate, t.grad(lossOf(fast, task.x, task.d), fast)));
      return lossOf(fast, task.h, task.c);
    },
    { x, d, h, c },
  );
  const loss = t.sum(perTask);
  const raw = [loss, t.grad(loss, start), t.grad(loss, x), t.grad(loss, rate)];
  const simple = simplify(raw);
  expectSameValues(raw, simple);
  expect(weights(raw).length).toBeGreaterThan(10);
  expect(weights(simple)).toEqual([]);
});

/** A random linear combination of steps and matrices, and random uses of it. */
function randomProgram(codes: readonly number[]): t.Tensor[] {
  const leaves = [
    step(),
    step(x2, d2),
    step(x, d2),
    own,
    w,
    t.matmul(shared, d, { transposeA: true }),
    t.matmul(shared, sharedD, { transposeA: true }),
    t.matmul(x2, upright, { transposeA: true, transposeB: true }),
    t.mul(own, rates),
  ];
  let matrix: t.Tensor = step();
  const outputs: t.Tensor[] = [];
  for (const code of codes) {
    const leaf = leaves[code % leaves.length] as t.Tensor;
    const makes: readonly (() => void)[] = [
      () => (matrix = t.add(matrix, leaf)),
      () => (matrix = t.sub(leaf, matrix)),
      () => (matrix = t.neg(matrix)),
      () => (matrix = t.mul(matrix, code % 2 === 0 ? rate : rates)),
      () => (matrix = t.div(matrix, rates)),
      () => (matrix = t.transpose(t.transpose(matrix))),
      () => outputs.push(t.matmul(h, matrix)),
      () => outputs.push(t.matmul(c, matrix, { transposeB: true })),
      () => outputs.push(t.matmul(matrix, h, { transposeA: true, transposeB: true })),
      () => outputs.push(t.matmul(matrix, c, { transposeB: true })),
      () => outputs.push(t.sum(matrix, 0)),
      () => outputs.push(t.sum(matrix, code % 2 === 0 ? [0, 1] : 2)),
      () => outputs.push(t.sum(t.mul(matrix, leaf), code % 2 === 0 ? [1, 2] : undefined)),
    ];
    makes[Math.floor(code / 9) % makes.length]?.();
  }
  return [...outputs, t.matmul(h, matrix)];
}

test("random linear combinations of steps: every use keeps its value", () => {
  let rewritten = 0;
  const property = fc.property(fc.array(fc.nat(5000), { minLength: 1, maxLength: 10 }), (codes) => {
    const raw = randomProgram(codes);
    const simple = keepFactors(raw);
    rewritten += Number(simple.some((output, i) => output !== raw[i]));
    expectSameValues(raw, simple);
  });
  fc.assert(property, { seed: 4, numRuns: 150 });
  expect(rewritten).toBeGreaterThan(100);
});
