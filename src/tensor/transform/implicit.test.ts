import { describe, expect, test } from "vitest";
import { misses } from "../../../testing/backend-contract.ts";
import { checkGradient } from "../../../testing/check-gradient.ts";
import { evaluate } from "../../../testing/reference.ts";
import { inputsLike, valueOf } from "../../../testing/tensor-literal.ts";
import * as t from "../index.ts";

const solvers = [{ solver: "dense" }, { iterations: 6 }] as const;

const ridge = {
  x: [
    [1, 0.5, -0.3],
    [-0.7, 1.2, 0.4],
    [0.2, -0.9, 1.1],
    [0.8, 0.1, 0.6],
    [-0.4, 0.7, -1.3],
  ],
  y: [[1], [-0.5], [0.8], [0.3], [-1.2]],
  logLambda: -0.4,
};
type Ridge = { readonly [K in keyof typeof ridge]: t.Tensor };

/** `(X^T X + lambda I)^-1 X^T y`, differentiable in the ordinary way. */
function closedForm({ x, y, logLambda }: Ridge): t.Tensor {
  const identity = t.constant([1, 0, 0, 0, 1, 0, 0, 0, 1], [3, 3]);
  const a = t.add(t.matmul(x, x, { transposeA: true }), t.mul(t.exp(logLambda), identity));
  return t.solveSpd(a, t.matmul(x, y, { transposeA: true }));
}

function implicitRidge({ x, y, logLambda }: Ridge, options: t.SolveOptions): t.Tensor {
  const inner = (w: t.Tensor): t.Tensor =>
    t.mul(0.5, t.add(t.sum(t.square(t.sub(t.matmul(x, w), y))), t.mul(t.exp(logLambda), t.sum(t.square(w)))));
  const found = t.stopGradient(closedForm({ x, y, logLambda }));
  return t.implicit(found, (w) => t.valueAndGrad(inner, w)[1], options);
}

const validation = (w: t.Tensor): t.Tensor =>
  t.sum(
    t.tanh(
      t.sub(
        t.matmul(t.constant([0.3, -1, 0.5, 1.4, 0.2, -0.6], [2, 3]), w),
        t.constant([[0.4], [1]].flat(), [2, 1]),
      ),
    ),
  );

describe.each(solvers)("ridge regression, %o", (options) => {
  test("the hypergradient is that of the closed form, and so are second derivatives", () => {
    const inputs = inputsLike(ridge);
    const feeds = new Map(Object.entries(inputs).map(([k, x]) => [x, valueOf(ridge[k as keyof Ridge]).data]));
    const all = (w: t.Tensor): t.Tensor[] => {
      const g = t.grad(validation(w), inputs);
      const second = t.grad(t.add(t.sum(t.square(g.x)), t.mul(t.exp(g.logLambda), t.sum(g.y))), inputs);
      return [w, ...Object.values(g), ...Object.values(second)];
    };
    const [wanted, got] = [all(closedForm(inputs)), all(implicitRidge(inputs, options))];
    const out = evaluate([...wanted, ...got], feeds);
    wanted.forEach((_, i) => {
      expect(Math.max(...out[i]!.map(Math.abs))).toBeGreaterThan(1e-3);
      expect(misses(out[wanted.length + i]!, out[i]!, 1e-9)).toEqual([]);
    });
  });

  test("first and second derivatives by central differences", () => {
    expect(() => checkGradient((inputs) => validation(implicitRidge(inputs, options)), ridge)).not.toThrow();
  });

  test("the third derivative, by central differences of the second", () => {
    const build = (inputs: Ridge): t.Tensor => {
      const g = t.grad(validation(implicitRidge(inputs, options)), inputs);
      return t.add(t.mul(t.sum(g.x), g.logLambda), t.sum(t.square(g.y)));
    };
    expect(() => checkGradient(build, ridge)).not.toThrow();
  });

  test("forward mode goes through it, as through the closed form", () => {
    const inputs = inputsLike(ridge);
    const feeds = new Map(Object.entries(inputs).map(([k, x]) => [x, valueOf(ridge[k as keyof Ridge]).data]));
    const along = (w: t.Tensor): t.Tensor =>
      t.jvp(w, inputs, { x: t.sin(inputs.x), y: t.exp(inputs.y), logLambda: t.constant(2) });
    const [wanted, got] = evaluate([along(closedForm(inputs)), along(implicitRidge(inputs, options))], feeds);
    expect(Math.max(...wanted!.map(Math.abs))).toBeGreaterThan(0.1);
    expect(misses(got!, wanted!, 1e-9)).toEqual([]);
  });

  test("on onnxruntime", async () => {
    const inputs = inputsLike(ridge);
    const g = (w: t.Tensor): Ridge => t.grad(validation(w), inputs);
    const program = await t.compile(inputs, {
      wanted: g(closedForm(inputs)),
      got: g(implicitRidge(inputs, options)),
    });
    const feeds = Object.fromEntries(
      Object.entries(ridge).map(([k, v]) => [k, Float32Array.from(valueOf(v).data)]),
    );
    const { wanted, got } = await program.run(feeds as never);
    for (const k of ["x", "y", "logLambda"] as const) expect(misses(got[k], wanted[k], 2e-5)).toEqual([]);
    await program.release();
  });
});

/** An inner problem whose minimum is not known: logistic loss, pulled to the prior. */
const pulled = {
  prior: { a: [0.5, -0.2], b: 0.1 },
  data: [
    [1, 2],
    [-1, 0.5],
    [0.3, -1],
  ],
  strength: 0.7,
};
const inputsOfPulled = { a: t.input("a", [2]), b: t.input("b", []), strength: t.input("strength", []) };
const feedsOfPulled = new Map([
  [inputsOfPulled.a, pulled.prior.a],
  [inputsOfPulled.b, [pulled.prior.b]],
  [inputsOfPulled.strength, [pulled.strength]],
]);
type Weights = { readonly a: t.Tensor; readonly b: t.Tensor };

function regularised({ a, b }: Weights): t.Tensor {
  const scores = t.add(t.matvec(t.constant(pulled.data.flat(), [3, 2]), a), b);
  const loss = t.sum(t.softplus(t.mul(scores, t.constant([1, -1, -1]))));
  const far = t.add(t.sum(t.square(t.sub(a, inputsOfPulled.a))), t.square(t.sub(b, inputsOfPulled.b)));
  return t.add(loss, t.mul(t.mul(0.5, inputsOfPulled.strength), far));
}

const descend = (w: Weights): Weights => {
  const [, g] = t.valueAndGrad(regularised, w);
  return { a: t.sub(w.a, t.mul(0.4, g.a)), b: t.sub(w.b, t.mul(0.4, g.b)) };
};

function unrolled(steps: number): Weights {
  const start: Weights = { a: inputsOfPulled.a, b: inputsOfPulled.b };
  return t.unroll((w: Weights) => [descend(w), {}], start, { steps })[0];
}

test("iMAML: at convergence as through the unrolled inner loop, of a tree, from the prior", () => {
  const query = ({ a, b }: Weights): t.Tensor => t.add(t.sum(t.exp(a)), t.sin(b));
  const long = unrolled(120);
  const adapted = t.implicit(long, (w) => t.valueAndGrad(regularised, w)[1], { iterations: 3 });
  const all = [query(long), query(adapted)].flatMap((loss) => Object.values(t.grad(loss, inputsOfPulled)));
  const out = evaluate(all, feedsOfPulled);
  for (let i = 0; i < 3; i++) {
    expect(Math.max(...out[i]!.map(Math.abs))).toBeGreaterThan(0.01);
    expect(misses(out[3 + i]!, out[i]!, 1e-8)).toEqual([]);
  }
});

test("too few iterations fall short, and the better for each more", () => {
  const solution = unrolled(120);
  const gradient = (options: t.SolveOptions): t.Tensor => {
    const { a } = t.implicit(solution, (w) => t.valueAndGrad(regularised, w)[1], options);
    return t.grad(t.sum(t.exp(a)), inputsOfPulled.strength);
  };
  const [exact, ...rest] = evaluate(
    [gradient({ solver: "dense" }), ...[1, 2, 3, 8].map((iterations) => gradient({ iterations }))],
    feedsOfPulled,
  ).map(([x]) => x!);
  const errors = rest.map((x) => Math.abs(x - exact!));
  expect(errors[0]).toBeGreaterThan(1e-4);
  expect(errors[1]).toBeLessThan(errors[0]! / 2);
  expect(errors[2]).toBeLessThan(1e-9);
  expect(errors[3]).toBeLessThan(1e-9);
});

test("a system solved before its last iteration: nothing is left to divide, and no 0 / 0", () => {
  const b = t.input("b", [3]);
  const x = t.implicit(t.mul(b, 0.5), (at) => t.sub(t.mul(at, 2), b), { iterations: 4 });
  const [g, none] = [t.grad(t.sum(t.mul(x, t.constant([1, 0, -4]))), b), t.grad(t.sum(t.mul(x, 0)), b)];
  const [one, zero] = evaluate([g, none], new Map([[b, [1, 2, 3]]]));
  expect([...one!].map((v) => v + 0)).toEqual([0.5, 0, -2]);
  expect([...zero!].map((v) => v + 0)).toEqual([0, 0, 0]);
});

/** Three tasks, `min_x x^T A_t x / 2 - x . b_t`, so that `x* = A_t^-1 b_t`. */
const tasks = {
  a: [
    [
      [2, 0.5],
      [0.5, 1],
    ],
    [
      [30, -2],
      [-2, 10],
    ],
    [
      [0.2, 0.1],
      [0.1, 0.3],
    ],
  ],
  b: [
    [1, 2],
    [-1, 3],
    [0.5, 0.1],
  ],
};

describe("tasks side by side", () => {
  const inputs = inputsLike(tasks);
  const feeds = new Map([
    [inputs.a, tasks.a.flat(2)],
    [inputs.b, tasks.b.flat()],
  ]);
  const symmetric = t.mul(0.5, t.add(inputs.a, t.transpose(inputs.a)));
  const exact = t.matvec(t.inverseSpd(symmetric), inputs.b);
  const found = t.stopGradient(exact);
  const optimality =
    (a: t.Tensor, b: t.Tensor) =>
    (x: t.Tensor): t.Tensor =>
      t.sub(t.matvec(a, x), b);
  const one = (options: t.SolveOptions) => (task: { a: t.Tensor; b: t.Tensor; x: t.Tensor }) =>
    t.implicit(task.x, optimality(task.a, task.b), options);
  const ways: [name: string, x: t.Tensor][] = [
    [
      "batch axes, two steps",
      t.implicit(found, optimality(symmetric, inputs.b), { iterations: 2, batchAxes: 1 }),
    ],
    [
      "batch axes, dense",
      t.implicit(found, optimality(symmetric, inputs.b), { solver: "dense", batchAxes: 1 }),
    ],
    ["map, two steps", t.map(one({ iterations: 2 }), { a: symmetric, b: inputs.b, x: found })],
    ["map, dense", t.map(one({ solver: "dense" }), { a: symmetric, b: inputs.b, x: found })],
  ];
  const all = (x: t.Tensor): t.Tensor[] => {
    const g = t.grad(t.sum(t.sin(x)), inputs);
    return [x, g.a, g.b, ...Object.values(t.grad(t.add(t.sum(t.square(g.a)), t.sum(t.exp(g.b))), inputs))];
  };
  test.each(ways)("%s", (_, x) => {
    const out = evaluate([...all(exact), ...all(x)], feeds);
    for (let i = 0; i < 5; i++) {
      expect(Math.max(...out[i]!.map(Math.abs))).toBeGreaterThan(0.01);
      expect(misses(out[5 + i]!, out[i]!, 1e-8)).toEqual([]);
    }
  });
});

test("the inner optimiser is left out of the gradient's graph", () => {
  const sizeOf = (steps: number): number => {
    const adapted = t.implicit(unrolled(steps), (w) => t.valueAndGrad(regularised, w)[1], { iterations: 2 });
    return count(t.grad(t.sum(adapted.a), inputsOfPulled.a)) - count(adapted.a);
  };
  expect(sizeOf(40)).toBe(sizeOf(5));
});

const count = (root: t.Tensor): number => {
  const seen = new Set<t.Tensor>();
  const visit = (x: t.Tensor): void => {
    if (seen.has(x)) return;
    seen.add(x);
    x.inputs.forEach(visit);
  };
  visit(root);
  return seen.size;
};

test("a residual that does not fit is named by leaf", () => {
  const x = { w: t.zeros([2]), v: t.zeros([3]) };
  expect(() => t.implicit(x, (at) => ({ w: at.w, v: t.sum(at.v) }))).toThrow(
    'implicit, optimality, leaf "v": expected float32[3], got float32[]',
  );
});

test("a condition that differs by task is each task's own", () => {
  const theta = t.input("theta", [2]);
  const mask = t.input("mask", [3, 2]);
  // x = theta where the mask is positive and 3 theta elsewhere, so that dx/dtheta is 1 or 3.
  const each = t.map((own) => {
    const target = (x: t.Tensor): t.Tensor => t.sub(x, t.mul(theta, t.where(t.greater(own, 0), 1, 3)));
    return t.implicit(t.mul(theta, 5), (x) => t.where(t.greater(own, 0), target(x), t.mul(2, target(x))));
  }, mask);
  const gradient = t.grad(t.sum(each), theta);
  const [got] = evaluate(
    [gradient],
    new Map([
      [theta, [1, 1]],
      [mask, [1, 0, 1, 1, 0, 0]],
    ]),
  );
  expect([...got!].map((x) => Math.round(x * 1e6) / 1e6)).toEqual([1 + 1 + 3, 3 + 1 + 3]);
});
