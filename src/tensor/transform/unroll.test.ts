import { describe, expect, test } from "vitest";
import { misses } from "../../../testing/backend-contract.ts";
import { checkGradient } from "../../../testing/check-gradient.ts";
import { evaluate } from "../../../testing/reference.ts";
import { value } from "../../../testing/tensor-literal.ts";
import { topological } from "../grad.ts";
import * as t from "../index.ts";
import { simplify } from "../simplify/simplify.ts";

const numbers = (n: number, f: (i: number) => number): number[] => Array.from({ length: n }, (_, i) => f(i));
const matrix = (rows: number, columns: number, f: (i: number) => number) =>
  value([rows, columns], numbers(rows * columns, f));

test("a sum so far, what it was at each step, and the steps counted", () => {
  const x = t.input("x", [4, 2]);
  const index: number[] = [];
  const [last, outputs] = t.unroll(
    (carry: { total: t.Tensor; count: t.Tensor }, row: { x: t.Tensor }, i) => {
      index.push(i);
      const next = { total: t.add(carry.total, row.x), count: t.add(carry.count, 1) };
      return [next, { sofar: next.total, deep: { twice: t.mul(next.count, 2) } }];
    },
    { total: t.zeros([2]), count: t.constant(0) },
    { steps: 4, inputs: { x } },
  );
  const feeds = new Map([[x, [1, 10, 2, 20, 3, 30, 4, 40]]]);
  const [total, count, sofar, twice] = evaluate(
    [last.total, last.count, outputs.sofar, outputs.deep.twice],
    feeds,
  );
  expect(index).toEqual([0, 1, 2, 3]);
  expect([[...total!], [...count!], [...twice!]]).toEqual([[10, 100], [4], [2, 4, 6, 8]]);
  expect([...sofar!]).toEqual([1, 10, 3, 30, 6, 60, 10, 100]);
  expect(outputs.sofar.shape).toEqual([4, 2]);
});

test("outputs keep to their names, whatever order a step lists them in", () => {
  const [, out] = t.unroll(
    (x: t.Tensor, _, i) => {
      const [a, b] = [x, t.neg(x)];
      return [t.add(x, 1), i % 2 === 0 ? { a, b } : { b, a }];
    },
    t.constant(1),
    { steps: 3 },
  );
  const [a, b] = evaluate([out.a, out.b], new Map());
  expect([[...a!], [...b!]]).toEqual([
    [1, 2, 3],
    [-1, -2, -3],
  ]);
});

/** A recurrence that reads weights, a bias table and a mask from outside, in seven steps. */
function recurrence(
  { h, w, x }: { h: t.Tensor; w: t.Tensor; x: t.Tensor },
  options: { checkpointEvery?: number },
): [t.Tensor, t.Tensor] {
  const bias = t.mul(t.sum(w, 0), 0.1);
  const [last, norms] = t.unroll(
    (carry: { h: t.Tensor; quiet: t.Tensor }, row: { x: t.Tensor; on: t.Tensor; at: t.Tensor }) => {
      const inner = t.add(t.matmul(carry.h, w), t.add(bias, row.x));
      const next = t.where(row.on, t.tanh(inner), t.mul(carry.h, t.gather(t.constant([0.5, 2]), row.at)));
      return [{ h: next, quiet: carry.quiet }, t.sum(t.square(next))];
    },
    { h, quiet: t.mul(t.sum(h), 0.5) },
    {
      steps: 7,
      inputs: {
        x,
        on: t.constant([1, 1, 0, 1, 0, 1, 1], [7], "bool"),
        at: t.constant([0, 1, 1, 0, 0, 1, 0], [7], "int32"),
      },
      ...options,
    },
  );
  return [t.add(t.sum(t.exp(last.h)), last.quiet), norms];
}

const values = {
  h: matrix(2, 3, Math.sin),
  w: matrix(3, 3, (i) => Math.cos(2 * i) / 2),
  x: matrix(7, 3, (i) => Math.sin(3 * i) / 2),
};
const inputs = {
  h: t.input("h", [2, 3]),
  w: t.input("w", [3, 3]),
  x: t.input("x", [7, 3]),
};
const feedsOf = (): Map<t.Tensor, ArrayLike<number>> =>
  new Map(Object.entries(inputs).map(([k, x]) => [x, values[k as keyof typeof values].data]));

function lossOf(options: { checkpointEvery?: number }): t.Tensor {
  const [last, norms] = recurrence(inputs, options);
  return t.add(last, t.sum(t.mul(norms, t.constant(numbers(7, (i) => i / 7)))));
}

describe.each([[1], [2], [3], [5], [7], [100]])("a checkpoint every %i of 7 steps", (checkpointEvery) => {
  test("changes neither value nor first and second derivatives", () => {
    const wanted = lossOf({});
    const got = lossOf({ checkpointEvery });
    const all = (loss: t.Tensor): t.Tensor[] => {
      const g = t.grad(loss, inputs);
      const second = t.grad(t.add(t.sum(t.square(g.w)), t.sum(t.mul(g.h, t.sin(g.h)))), inputs);
      const along = t.jvp(loss, inputs, { h: t.ones([2, 3]), w: inputs.w, x: inputs.x });
      return [loss, along, ...Object.values(g), ...Object.values(second)];
    };
    const results = evaluate([...all(wanted), ...all(got)], feedsOf());
    const half = results.length / 2;
    results.slice(0, half).forEach((w, i) => {
      expect(Math.max(...w.map(Math.abs))).toBeGreaterThan(1e-3);
      expect(misses(results[half + i]!, w, 1e-12)).toEqual([]);
    });
  });
});

test("checkpointed derivatives by central differences", () => {
  const check = (): void =>
    checkGradient(
      (x) => t.add(recurrence(x, { checkpointEvery: 3 })[0], t.sum(recurrence(x, {})[1])),
      values,
    );
  expect(check).not.toThrow();
});

test("a checkpoint inside a checkpoint, of a tree with a leaf that does not count", () => {
  const inner = t.checkpoint(({ a, b }: { a: t.Tensor; b: t.Tensor }) => ({
    p: t.mul(t.exp(a), b),
    q: t.sin(b),
    idle: t.constant(1),
  }));
  const outer = t.checkpoint((x: t.Tensor) => {
    const { p, q } = inner({ a: x, b: t.square(x) });
    return t.add(p, inner({ a: q, b: p }).p);
  });
  expect(() => checkGradient(({ x }) => outer(x), { x: [0.3, -0.8] })).not.toThrow();
});

test("what a checkpoint hands through from outside keeps its gradient", () => {
  const { x, w } = { x: t.input("x", [2]), w: t.input("w", [2]) };
  const y = t.checkpoint((at: t.Tensor) => ({ double: t.mul(at, 2), through: w }))(x);
  const g = t.grad(t.sum(t.mul(y.double, t.exp(y.through))), { x, w });
  const [gx, gw] = evaluate(
    [g.x, g.w],
    new Map([
      [x, [3, -1]],
      [w, [0, 1]],
    ]),
  );
  expect(misses(gx!, [2, 2 * Math.E], 1e-12)).toEqual([]);
  expect(misses(gw!, [6, -2 * Math.E], 1e-12)).toEqual([]);
});

describe("what onnxruntime gets", () => {
  const { x, w } = { x: t.input("x", [3, 2]), w: t.input("w", [2, 2]) };
  const steps = (checkpointEvery: number): t.Tensor =>
    t.unroll((h: t.Tensor) => [t.tanh(t.matmul(h, w)), {}], x, { steps: 8, checkpointEvery })[0];
  const gradient = (every: number, wrt: t.Tree<t.Tensor> = { x, w }): t.Tensor[] =>
    Object.values(t.grad(t.sum(t.square(steps(every))), wrt)) as t.Tensor[];
  const named = (roots: t.Tensor[], op: string): t.Tensor[] =>
    topological(simplify(roots)).filter((node) => node.op.name === op);
  const count = (roots: t.Tensor[], op: string): number => named(roots, op).length;

  test("the recomputation is not merged with the first computation, and waits", () => {
    expect(count(gradient(8), "tanh")).toBe(8);
    expect(count(gradient(2), "tanh")).toBe(16);
    // Each piece waits for its cotangent, and hands its own on after the gradient of what it read, if one is asked for.
    expect(count(gradient(2, { x }), "after")).toBe(4);
    expect(count(gradient(2, { w }), "after")).toBe(4 + 3);
    expect(count(gradient(2), "after")).toBe(4 + 4);
    expect(count([steps(2)], "tanh")).toBe(8);
    expect(count([steps(2)], "after")).toBe(0);
    expect(["joint", "part"].map((op) => count(gradient(2), op))).toEqual([0, 0]);
  });

  test("each piece begins when the one after it has ended, its share of the gradient added", () => {
    const waiting = named(gradient(2), "after");
    waiting.slice(1).forEach((node, i) => expect(topological([node])).toContain(waiting[i]));
    const shares = (root: t.Tensor): number =>
      topological([root]).filter((node) => node.op.name === "matmul" && String(node.shape) === "2,2").length;
    // Two steps a piece: nothing before the last piece, two products before the one before it, ...
    expect(named(gradient(2, { w }), "after").map(shares)).toEqual([0, 2, 2, 4, 4, 6, 6]);
    // The eighth share joins a sum of seven, not four sums of two one another.
    const sums = (root: t.Tensor): number =>
      topological([root]).filter((node) => node.op.name === "add").length;
    expect(named(gradient(2, { w }), "after").map(sums)).toEqual([0, 1, 1, 3, 3, 5, 5]);
  });

  test("a piece waits for all its cotangents, whichever is known first", () => {
    const piece = t.checkpoint(({ h }: { h: t.Tensor }) => {
      const next = t.tanh(t.matmul(h, w));
      return { norm: t.sum(t.square(next)), h: next };
    });
    const first = piece({ h: x });
    const second = piece({ h: first.h });
    const waiting = named([t.grad(t.add(first.norm, second.norm), x)], "after");
    expect(waiting).toHaveLength(2);
    expect(topological([waiting[1]!])).toContain(waiting[0]);
  });

  test("the same numbers, with a mask and row numbers too", async () => {
    const [plain, kept] = [lossOf({}), lossOf({ checkpointEvery: 3 })].map((loss) => t.grad(loss, inputs));
    const program = await t.compile(inputs, { plain: plain!, kept: kept! });
    const fed = Object.entries(values).map(([k, v]) => [k, Float32Array.from(Array.from(v.data))]);
    const out = await program.run(Object.fromEntries(fed) as never);
    for (const k of ["h", "w", "x"] as const) {
      expect(Math.max(...out.plain[k].map(Math.abs))).toBeGreaterThan(0.01);
      expect(misses(out.kept[k], out.plain[k], 5e-6)).toEqual([]);
    }
    await program.release();
  });

  test("a cotangent that is not a number harms no one else", async () => {
    const both = t.checkpoint(({ a, b }: { a: t.Tensor; b: t.Tensor }) => ({
      fine: t.exp(a),
      broken: t.mul(b, w),
    }));
    const y = both({ a: x, b: w });
    const loss = t.add(t.sum(y.fine), t.sum(t.sqrt(t.neg(t.square(y.broken)))));
    const program = await t.compile({ x, w }, t.grad(loss, { gx: x, gw: w }));
    const { gx, gw } = await program.run({ x: new Float32Array(6), w: Float32Array.of(1, 2, 3, 4) });
    expect([...gw].every(Number.isNaN)).toBe(true);
    expect([...gx]).toEqual([1, 1, 1, 1, 1, 1]);
    await program.release();
  });
});

/** Nothing kept back: what a checkpoint must equal. */
const plainly = ((f) => f) as typeof t.checkpoint;
type Pair = { readonly h: t.Tensor; readonly w: t.Tensor };
const wrapped: [name: string, one: (wrap: typeof t.checkpoint, task: t.Tensor, w: t.Tensor) => t.Tensor][] = [
  [
    "that reads a weight all share",
    (wrap, task, w) => wrap((h: t.Tensor) => t.tanh(t.mul(h, w)))(t.mul(task, t.sum(w))),
  ],
  [
    "that is given a weight all share",
    (wrap, task, w) => wrap(({ h, w: v }: Pair) => t.tanh(t.mul(h, v)))({ h: task, w: t.sin(w) }),
  ],
  [
    "with an output all share",
    (wrap, task, w) => {
      const out = wrap(({ h, w: v }: Pair) => ({ h: t.mul(h, v), w: t.exp(v) }))({ h: task, w });
      return t.mul(out.h, out.w);
    },
  ],
];

test.each(wrapped)("inside map, a checkpoint %s", async (_, one) => {
  const { x, w } = { x: t.input("x", [5, 3]), w: t.input("w", [3]) };
  const results = [t.checkpoint, plainly].map((wrap) => {
    const y = t.map((task) => one(wrap, task, w), x);
    const g = t.grad(t.sum(t.mul(y, t.sin(x))), { x, w });
    return { y, gx: g.x, gw: g.w, second: t.grad(t.sum(t.square(g.w)), x) };
  });
  const data = { x: numbers(15, (i) => Math.sin(i)), w: [0.3, -0.9, 0.5] };
  const feeds = new Map([
    [x, data.x],
    [w, data.w],
  ]);
  const out = evaluate(
    results.flatMap((each) => Object.values(each)),
    feeds,
  );
  out.slice(0, 4).forEach((got, i) => {
    expect(Math.max(...got.map(Math.abs))).toBeGreaterThan(0.01);
    expect(misses(got, out[4 + i]!, 1e-12)).toEqual([]);
  });
  const program = await t.compile({ x, w }, results[0]!);
  const run = await program.run({ x: Float32Array.from(data.x), w: Float32Array.from(data.w) });
  Object.values(run).forEach((got, i) => expect(misses(got, out[i]!, 1e-5)).toEqual([]));
  await program.release();
});

describe("errors say which step and leaf", () => {
  const one = { w: { a: t.zeros([2]), b: t.zeros([3]) } };
  type Carry = typeof one;
  const rows: [name: string, call: () => unknown, message: string][] = [
    [
      "carry grows",
      () =>
        t.unroll(
          (c: Carry, _, i) => [{ w: { a: c.w.a, b: i === 2 ? t.concat([c.w.b, c.w.b]) : c.w.b } }, {}],
          one,
          { steps: 4 },
        ),
      'unroll, step 2, carry "w.b": expected float32[3], got float32[6]',
    ],
    [
      "carry loses a leaf",
      () => t.unroll(() => [{ w: { a: t.zeros([2]) } } as Carry, {}], one, { steps: 1, checkpointEvery: 1 }),
      'unroll, step 0, carry "w.b": expected float32[3], got nothing',
    ],
    [
      "carry wins a leaf",
      () => t.unroll((c: Carry) => [{ ...c, extra: t.zeros([]) }, {}], one, { steps: 1 }),
      'unroll, step 0, carry "extra": expected no more than "w.a", "w.b", got float32[]',
    ],
    [
      "carry changes dtype",
      () => t.unroll((c: t.Tensor) => [t.greater(c, 0), {}], t.zeros([2]), { steps: 2 }),
      "unroll, step 0, carry: expected float32[2], got bool[2]",
    ],
    [
      "output changes",
      () =>
        t.unroll((c: t.Tensor, _, i) => [c, { y: i < 3 ? c : t.sum(c) }], t.zeros([2]), {
          steps: 5,
          checkpointEvery: 2,
        }),
      'unroll, step 3, output "y": expected float32[2], got float32[]',
    ],
    [
      "rows",
      () =>
        t.unroll((c: t.Tensor) => [c, {}], t.zeros([]), {
          steps: 3,
          inputs: { x: t.zeros([2, 3]) } as never,
        }),
      'unroll, input "x": expected [3, ...], a row for each step, got float32[2, 3]',
    ],
    [
      "steps",
      () => t.unroll((c: t.Tensor) => [c, {}], t.zeros([]), { steps: 1.5 }),
      "unroll, steps: expected a whole number of at least 1, got 1.5",
    ],
    [
      "checkpointEvery",
      () => t.unroll((c: t.Tensor) => [c, {}], t.zeros([]), { steps: 4, checkpointEvery: 0 }),
      "unroll, checkpointEvery: expected a whole number of at least 1, got 0",
    ],
  ];
  test.each(rows)("%s", (_, call, message) => {
    expect(call).toThrow(message);
  });
});
