import { describe, expect, test } from "vitest";
import { checkGradient } from "../../../testing/check-gradient.ts";
import { evaluate } from "../../../testing/reference.ts";
import { createRng } from "../../base/rng.ts";
import { losses } from "../../models/losses.ts";
import { mlp } from "../../models/mlp.ts";
import type { Params } from "../../models/model.ts";
import {
  add,
  constant,
  flatten,
  grad,
  input,
  map,
  matmul,
  mul,
  type Shape,
  squeeze,
  sum,
  type Tensor,
  type Tree,
} from "../../tensor/index.ts";
import { buildGraph } from "../../tensor/program.ts";
import { type InnerOptions, innerLoop } from "./inner-loop.ts";

const sgd: InnerOptions = { steps: 1, order: 2, optimiser: "sgd", learningRate: 0.1 };
const valuesOf = (tree: Params<Tensor>): number[] =>
  evaluate(
    flatten<Tensor>(tree).map(([, leaf]) => leaf),
    new Map(),
  ).flatMap((values) => [...values]);

/** `score = w x + b` on x = 1, 3 against 1, 4. */
const line = { w: constant([2], [1, 1]), b: constant([1], [1]) };
const x = constant([1, 3], [2, 1]);
const events = { value: constant([1, 4], [2]), mask: constant([1, 1], [2]) };
const lineLoss = (shrinkage: number) => (moving: Params<Tensor>) => {
  const { w, b } = moving as typeof line;
  return losses.squared(squeeze(add(matmul(x, w), b), -1), events, shrinkage);
};

describe("linear regression by hand: scores 3 and 7, errors 2 and 3", () => {
  // d/dw = (2 * 2 * 1 + 2 * 3 * 3) / 2 = 11 and d/db = (2 * 2 + 2 * 3) / 2 = 5
  test("one step of SGD", () => {
    expect(valuesOf(innerLoop(line, lineLoss(0), sgd))).toEqual([
      expect.closeTo(2 - 1.1, 6),
      expect.closeTo(1 - 0.5, 6),
    ]);
  });

  test("a rate for each leaf", () => {
    const learningRate = { w: constant(0.01), b: constant(1) };
    const fast = innerLoop(line, lineLoss(0), { ...sgd, learningRate });
    expect(valuesOf(fast)).toEqual([expect.closeTo(2 - 0.11, 6), expect.closeTo(1 - 5, 6)]);
  });

  test("shrinkage divides the step of n events by (n + shrinkage) / n", () => {
    expect(valuesOf(innerLoop(line, lineLoss(3), sgd))[1]).toBeCloseTo(1 - 0.5 * 0.4, 6);
  });

  test("the first step of Adam is one rate long, whatever the gradient; the second turns by its moments", () => {
    const one = valuesOf(innerLoop(line, lineLoss(0), { ...sgd, optimiser: "adam" }));
    one.forEach((value, i) => expect(value).toBeCloseTo([1.9, 0.9][i] ?? 0, 4));
    // At w = 1.9, b = .9: errors 1.8 and 2.6, d/dw = 9.6 and d/db = 4.4.
    const two = valuesOf(innerLoop(line, lineLoss(0), { ...sgd, optimiser: "adam", steps: 2 }));
    const step = (first: number, second: number): number => {
      const mean = (0.9 * 0.1 * first + 0.1 * second) / (1 - 0.9 ** 2);
      const variance = (0.999 * 0.001 * first ** 2 + 0.001 * second ** 2) / (1 - 0.999 ** 2);
      return (0.1 * mean) / Math.sqrt(variance);
    };
    expect(two[0]).toBeCloseTo(1.9 - step(11, 9.6), 4);
    expect(two[1]).toBeCloseTo(0.9 - step(5, 4.4), 4);
  });

  test("no step leaves everything as it was", () => {
    expect(valuesOf(innerLoop(line, lineLoss(0), { ...sgd, steps: 0 }))).toEqual([2, 1]);
  });
});

/** Three tasks of two events on a network 60 -> 10 -> 1. */
const [tasks, width, hidden] = [7, 60, 10];
const spec = { size: width, user: 0, item: 1, userId: 0, itemId: 0, dense: 0 } as const;
const scoring = { spec, options: { hidden: [hidden], dropout: 0 }, drop: (h: Tensor) => h };
const shapes = mlp.shapes(spec, scoring.options);

function world(order: 1 | 2, steps: number) {
  const network = Object.fromEntries(
    flatten<Shape>(shapes).map(([path, shape]) => [path.replaceAll(".", "-"), input(path, shape)]),
  );
  const nested = {
    layers: { 0: { weight: network["layers-0-weight"], bias: network["layers-0-bias"] } },
    head: { weight: network["head-weight"], bias: network["head-bias"] },
  } as unknown as Params<Tensor>;
  const rows = (name: string, n: number) => ({
    item: input(`${name}X`, [tasks, n, width]),
    value: input(`${name}Value`, [tasks, n]),
    mask: input(`${name}Mask`, [tasks, n]),
  });
  const [support, query] = [rows("s", 2), rows("q", 3)];
  const rate = input("rate", [1]);
  const each = map(
    (task) => {
      const lossOf = (params: Params<Tensor>, of: typeof support) =>
        losses.squared(mlp.score(params, of, { ...scoring, support: of }), of, 0);
      const learningRate = {
        layers: { 0: { weight: rate, bias: rate } },
        head: { weight: rate, bias: rate },
      };
      const options = { ...sgd, steps, order, learningRate: learningRate as Params<Tensor> };
      return lossOf(
        innerLoop(nested, (fast) => lossOf(fast, task.support), options),
        task.query,
      );
    },
    { support, query },
  );
  return { network: nested, rate, support, query, loss: sum(each) };
}

describe.each([1, 2] as const)("order %i through a mapped network", (order) => {
  const { network, rate, support, query, loss } = world(order, 3);
  const wrt = { network, rate, item: support.item } as unknown as Tree<Tensor>;
  const gradients = grad(loss, wrt) as Tree<Tensor>;
  const { nodes } = buildGraph(
    { network, rate, support, query },
    {
      loss,
      gradients,
    },
  );

  test("compiles to a program that forms no task's weights of the first layer", () => {
    const isWeights = ({ shape }: Tensor): boolean =>
      [
        [tasks, width, hidden],
        [tasks, hidden, width],
      ].some((other) => String(other) === String(shape));
    expect(nodes.length).toBeGreaterThan(20);
    expect(nodes.filter(isWeights)).toEqual([]);
  });
});

test("first order is: nothing of the steps is differentiated, so that the graph is far smaller", () => {
  const sizeOf = (order: 1 | 2): number => {
    const { network, rate, support, query, loss } = world(order, 3);
    const gradients = grad(loss, network);
    return buildGraph({ network, rate, support, query }, { gradients }).nodes.length;
  };
  const [first, second] = [sizeOf(1), sizeOf(2)];
  expect(first).toBeLessThan(0.7 * second);
});

test("first order: the gradient at the adapted weights, as if they were the prior's own", () => {
  const start = { w: input("w", []) };
  const square = ({ w }: Params<Tensor>): Tensor => mul(w as Tensor, mul(w as Tensor, w as Tensor));
  const gradientOf = (order: 1 | 2): number => {
    const fast = innerLoop(start, square, { ...sgd, order });
    const [value] = evaluate([grad(square(fast), start.w)], new Map([[start.w, [0.5]]]));
    return value![0]!;
  };
  // w' = w - .1 * 3 w^2 = .425; d(w'^3)/dw = 3 w'^2 (1 - .6 w), without the bracket in first order
  expect(gradientOf(1)).toBeCloseTo(3 * 0.425 ** 2, 6);
  expect(gradientOf(2)).toBeCloseTo(3 * 0.425 ** 2 * 0.7, 6);
});

test.each(["sgd", "adam"] as const)(
  "the gradient through steps of %s is that of differences",
  (optimiser) => {
    const rng = createRng(optimiser);
    const target = constant([rng.normal(), rng.normal()], [2]);
    checkGradient(
      ({ w, rate }) => {
        const loss = ({ w: at }: Params<Tensor>): Tensor =>
          losses.squared(mul(at as Tensor, at as Tensor), { value: target, mask: constant([1, 1], [2]) }, 0);
        return loss(innerLoop({ w }, loss, { ...sgd, optimiser, steps: 3, learningRate: { w: rate } }));
      },
      { w: [0.7, -0.4], rate: 0.05 },
      { order: 1 },
    );
  },
);
