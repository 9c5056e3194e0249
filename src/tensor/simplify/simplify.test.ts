import { describe, expect, test } from "vitest";
import { misses } from "../../../testing/backend-contract.ts";
import { evaluate } from "../../../testing/reference.ts";
import { hostArrayOf, inputsLike, type Literal, value } from "../../../testing/tensor-literal.ts";
import { topological } from "../grad.ts";
import * as t from "../index.ts";
import { algebra } from "./algebra.ts";
import { foldConstants } from "./constants.ts";
import { layout, movement } from "./movement.ts";
import { products } from "./products.ts";
import { simplify } from "./simplify.ts";

const rules = [...algebra, ...movement, ...products, ...layout, foldConstants];
const values = {
  x: [
    [1, -2, 3],
    [-4, 5, 0.5],
  ],
  y: [
    [0.5, 2, -1],
    [3, 1, 4],
  ],
  v: [2, -3, 0.25],
  w: [
    [1, 2],
    [3, 4],
    [5, 6],
  ],
  batch: [[[1, 2, 3]], [[4, 5, 6]]],
  s: 1.5,
  many: value(
    [16, 8, 10],
    Array.from({ length: 1280 }, (_, i) => Math.sin(i)),
  ),
  wide: [[[0.5, -1, 2, 0, 1, 3, -2, 1, 0.25, 4]]],
} satisfies Record<string, Literal>;
const inputs = inputsLike(values);
const { x, y, v, w, batch, s, many, wide } = inputs;
const feeds = new Map(
  Object.entries(values).map(([name, literal]) => [
    inputs[name as keyof typeof inputs],
    hostArrayOf(literal),
  ]),
);

interface Rewriting {
  readonly rule: string;
  readonly build: () => t.Tensor;
  /** Operators before, and what is left of them, in order; inputs and constants are not counted. */
  readonly before: number;
  readonly after: readonly string[];
}

const rewritings: readonly Rewriting[] = [
  { rule: "x * 0 is 0", build: () => t.add(t.mul(t.exp(x), t.zeros([2, 3])), y), before: 3, after: [] },
  {
    rule: "x + 0, x * 1, x / 1, x ** 1 are x",
    build: () => t.pow(t.div(t.mul(t.ones([3]), t.sub(t.add(0, x), 0)), 1), 1),
    before: 5,
    after: [],
  },
  {
    rule: "x + 0, x * 1, x / 1, x ** 1 are x",
    build: () => t.add(v, t.zeros([2, 3])),
    before: 1,
    after: ["expand"],
  },
  {
    rule: "constant factors join",
    build: () => t.mul(0.5, t.mul(t.mul(x, 3), 4)),
    before: 3,
    after: ["mul"],
  },
  { rule: "constant factors join", build: () => t.mul(t.neg(x), 3), before: 2, after: ["mul"] },
  { rule: "x / c is x * (1 / c)", build: () => t.div(t.mul(x, 3), 4), before: 2, after: ["mul"] },
  {
    rule: "x / c is x * (1 / c)",
    build: () => t.add(t.div(v, t.constant(new Float32Array(6).fill(-2), [2, 3])), y),
    before: 2,
    after: ["add", "mul"],
  },
  {
    rule: "the sum of many rows is a product with ones",
    build: () => t.sum(t.exp(many), [0, 1]),
    before: 3,
    after: ["exp", "expand", "matmul", "reshape", "reshape"],
  },
  {
    rule: "rows times one vector, summed, are a product",
    build: () => t.sum(t.mul(wide, many), -1),
    before: 3,
    after: ["matmul", "reshape", "reshape", "reshape"],
  },
  { rule: "-(-x), -(a - b), -(x c)", build: () => t.neg(t.neg(x)), before: 2, after: [] },
  { rule: "-(-x), -(a - b), -(x c)", build: () => t.neg(t.sub(x, v)), before: 2, after: ["sub"] },
  { rule: "-(-x), -(a - b), -(x c)", build: () => t.neg(t.mul(2, x)), before: 2, after: ["mul"] },
  { rule: "a + -b is a - b", build: () => t.add(x, t.neg(v)), before: 2, after: ["sub"] },
  { rule: "a + -b is a - b", build: () => t.add(t.neg(x), v), before: 2, after: ["sub"] },
  { rule: "a + -b is a - b", build: () => t.sub(x, t.neg(v)), before: 2, after: ["add"] },
  {
    rule: "stopGradient has done its work",
    build: () => t.square(t.stopGradient(x)),
    before: 2,
    after: ["square"],
  },
  {
    rule: "no axis longer than one is reduced",
    build: () => t.sum(t.max(batch, 1, true), 1, true),
    before: 2,
    after: [],
  },
  {
    rule: "a constant of equal numbers is one number",
    build: () => t.mul(x, t.constant([7, 7, 7, 7, 7, 7], [2, 3])),
    before: 1,
    after: ["mul"],
  },
  { rule: "compute before expanding", build: () => t.mul(t.expand(v, [2, 3]), x), before: 2, after: ["mul"] },
  {
    rule: "compute before expanding",
    build: () => t.exp(t.add(t.expand(v, [2, 3]), t.expand(s, [2, 3]))),
    before: 4,
    after: ["add", "exp", "expand"],
  },
  {
    rule: "compute before expanding",
    build: () => t.where(t.greater(x, 0), t.expand(v, [2, 3]), t.expand(s, [2, 3])),
    before: 4,
    after: ["greater", "where"],
  },
  {
    rule: "the sum of an expanded tensor",
    build: () => t.sum(t.expand(v, [4, 3]), 0, true),
    before: 2,
    after: ["mul", "reshape"],
  },
  {
    rule: "the sum of an expanded tensor",
    build: () => t.sum(t.expand(v, [4, 3])),
    before: 3,
    after: ["mul", "reshape", "reshape", "sum"],
  },
  {
    rule: "the sum of an expanded tensor",
    build: () => t.sum(t.expand(v, [4, 3]), 1, true),
    before: 2,
    after: ["expand", "reshape", "sum"],
  },
  { rule: "transposes join", build: () => t.transpose(t.transpose(x)), before: 2, after: [] },
  {
    rule: "transposes join",
    build: () => t.transpose(t.transpose(batch, [1, 2, 0]), [1, 0, 2]),
    before: 2,
    after: ["transpose"],
  },
  {
    rule: "reshapes join",
    build: () => t.reshape(t.reshape(t.reshape(x, [6]), [3, 2]), [2, 3]),
    before: 3,
    after: [],
  },
  { rule: "reshapes join", build: () => t.reshape(t.reshape(x, [6]), [3, 2]), before: 2, after: ["reshape"] },
  {
    rule: "reshapes join",
    build: () => t.add(t.reshape(t.expand(s, [6]), [2, 3]), x),
    before: 3,
    after: ["add"],
  },
  { rule: "expands join", build: () => t.expand(t.expand(v, [1, 3]), [2, 3]), before: 2, after: ["expand"] },
  {
    rule: "matmul reads transposed",
    build: () => t.matmul(t.transpose(w), t.transpose(x)),
    before: 3,
    after: ["matmul"],
  },
  {
    rule: "matmul reads transposed",
    build: () => t.matmul(t.transpose(w), x, { transposeA: true, transposeB: false }),
    before: 2,
    after: ["matmul"],
  },
  {
    rule: "matmul reads transposed",
    build: () => t.matmul(x, t.transpose(w), { transposeB: true }),
    before: 2,
    after: ["matmul"],
  },
  {
    rule: "matrices shared by a batch are multiplied as one",
    build: () => t.matmul(batch, t.expand(w, [2, 3, 2])),
    before: 2,
    after: ["matmul", "reshape", "reshape"],
  },
  {
    rule: "matrices shared by a batch are multiplied as one",
    build: () => t.matmul(t.expand(t.reshape(x, [1, 2, 3]), [4, 2, 3]), t.expand(w, [4, 3, 2])),
    before: 4,
    after: ["expand", "matmul"],
  },
  {
    rule: "compute before reshaping",
    build: () => t.reshape(t.tanh(t.reshape(x, [3, 2])), [2, 3]),
    before: 3,
    after: ["tanh"],
  },
  {
    rule: "compute before reshaping",
    build: () => t.add(t.reshape(t.matmul(x, w), [2, 1, 2]), t.slice(v, 0, 0, 2)),
    before: 4,
    after: ["add", "matmul", "reshape", "slice"],
  },
  {
    rule: "compute before reshaping",
    build: () => t.reshape(t.mul(t.reshape(x, [2, 1, 3]), t.reshape(y, [2, 1, 3])), [6]),
    before: 4,
    after: ["mul", "reshape"],
  },
  { rule: "fold constants", build: () => t.add(x, t.exp(t.constant([0, 1, 2]))), before: 2, after: ["add"] },
];

const operatorsOf = (roots: readonly t.Tensor[]): string[] =>
  topological(roots)
    .map((node) => node.op.name)
    .filter((name) => name !== "input" && name !== "constant");

describe("each rule", () => {
  test.each(rewritings)("$rule: $before operators become $after", ({ rule: name, build, before, after }) => {
    const raw = build();
    const tested = rules.find((rule) => rule.name === name);
    expect(fires(tested, raw)).toBe(true);
    const [simple] = simplify([raw]) as [t.Tensor];
    expect(operatorsOf([raw])).toHaveLength(before);
    expect(operatorsOf([simple]).sort()).toEqual(after);
    expect(simple.shape).toEqual(raw.shape);
    const [wanted, got] = evaluate([raw, simple], feeds) as [Float64Array, Float64Array];
    expect(wanted.length).toBeGreaterThan(0);
    expect(misses(got, wanted, 1e-6)).toEqual([]);
  });

  test("has a row", () => {
    const written = new Set(rewritings.map((row) => row.rule));
    expect(rules.map((each) => each.name).filter((name) => !written.has(name))).toEqual([]);
  });
});

/** Whether the rule alone rewrites a node of the graph, at once or after the others have done theirs below it. */
function fires(rule: (typeof rules)[number] | undefined, root: t.Tensor): boolean {
  return topological([root]).some((node) => {
    const inner = simplify(node.inputs);
    const rebuilt = { ...node, inputs: inner };
    return [node, rebuilt].some((candidate) => rule?.apply(candidate) !== undefined);
  });
}

describe("equal subexpressions", () => {
  test("are computed once, commutative ones in either order", () => {
    const raw = t.mul(t.add(x, v), t.add(v, x));
    expect(operatorsOf([raw])).toHaveLength(3);
    expect(operatorsOf(simplify([raw]))).toEqual(["add", "mul"]);
  });

  test("are not confused: other attributes, other order, other sign of zero", () => {
    const differences = [
      [t.sum(x, 0), t.sum(x, 1)],
      [t.sub(x, y), t.sub(y, x)],
      [t.div(s, t.constant(0)), t.div(s, t.constant(-0))],
      [t.constant(1, [1], "int32"), t.constant(1, [1], "bool")],
    ];
    for (const pair of differences) expect(new Set(simplify(pair)).size).toBe(2);
  });
});

test("what is simple already stays the same object", () => {
  const raw = t.tanh(t.add(t.matmul(x, w), s));
  expect(simplify([raw, x])).toEqual([raw, x]);
  expect(simplify([raw])[0]).toBe(raw);
});

test("a one with axes of its own keeps them through onnxruntime's fusion of `1 / x * y`", async () => {
  const quotient = t.mul(t.div(t.constant([1], [1, 1]), t.add(t.square(v), 1)), v);
  const program = await t.compile({ v }, { out: t.sum(quotient, 0, true), rows: t.sum(quotient, 1) });
  const { out, rows } = await program.run({ v: Float32Array.of(1, 2, 3) });
  expect(misses(out, [0.5, 0.4, 0.3], 1e-6)).toEqual([]);
  expect(misses(rows, [1.2], 1e-6)).toEqual([]);
});

test("a large constant of equal numbers takes few bytes in the file", async () => {
  const program = await t.compile({ s }, { out: t.mul(t.matmul(t.ones([300, 200]), t.ones([200, 300])), s) });
  expect(program.toOnnx().length).toBeLessThan(2000);
});
