import type { Shape, Tensor } from "../../src/tensor/index.ts";
import * as t from "../../src/tensor/index.ts";
import { type Literal, value } from "../tensor-literal.ts";
import { type TensorCase, tensorCase } from "./tensor-case.ts";

const m23 = [
  [1, 2, 3],
  [4, 5, 6],
];

/** Two operands, and their broadcast written out by hand: the shape of the result, and who meets whom, row-major. */
interface Broadcast {
  readonly what: string;
  readonly a: Literal;
  readonly b: Literal;
  readonly shape: Shape;
  readonly left: readonly number[];
  readonly right: readonly number[];
}

/** Signs of `a - b` differ, nothing is tied, nothing is zero. */
const broadcasts: readonly Broadcast[] = [
  {
    what: "equal shapes",
    a: m23,
    b: [
      [2, 1, 0.5],
      [8, 4, 3],
    ],
    shape: [2, 3],
    left: [1, 2, 3, 4, 5, 6],
    right: [2, 1, 0.5, 8, 4, 3],
  },
  {
    what: "scalar on the right",
    a: m23,
    b: 2.5,
    shape: [2, 3],
    left: [1, 2, 3, 4, 5, 6],
    right: [2.5, 2.5, 2.5, 2.5, 2.5, 2.5],
  },
  {
    what: "scalar on the left",
    a: 2.5,
    b: m23,
    shape: [2, 3],
    left: [2.5, 2.5, 2.5, 2.5, 2.5, 2.5],
    right: [1, 2, 3, 4, 5, 6],
  },
  {
    what: "row",
    a: m23,
    b: [0.5, 4, 2],
    shape: [2, 3],
    left: [1, 2, 3, 4, 5, 6],
    right: [0.5, 4, 2, 0.5, 4, 2],
  },
  {
    what: "column",
    a: m23,
    b: [[2.5], [0.5]],
    shape: [2, 3],
    left: [1, 2, 3, 4, 5, 6],
    right: [2.5, 2.5, 2.5, 0.5, 0.5, 0.5],
  },
  {
    what: "leading axis",
    a: [[[1, 2]], [[3, 4]]],
    b: [
      [5, 0.5],
      [2.5, 3.5],
    ],
    shape: [2, 2, 2],
    left: [1, 2, 1, 2, 3, 4, 3, 4],
    right: [5, 0.5, 2.5, 3.5, 5, 0.5, 2.5, 3.5],
  },
  {
    what: "both sides",
    a: [[1], [4]],
    b: [[2, 0.5, 3]],
    shape: [2, 3],
    left: [1, 1, 1, 4, 4, 4],
    right: [2, 0.5, 3, 2, 0.5, 3],
  },
  { what: "one element", a: [2], b: [[[4]]], shape: [1, 1, 1], left: [2], right: [4] },
  { what: "no elements", a: value([0, 3]), b: [1, 2, 3], shape: [0, 3], left: [], right: [] },
];

type Binary = readonly [
  op: string,
  f: (a: Tensor, b: Tensor) => Tensor,
  by: (a: number, b: number) => number,
];

const binaries: readonly Binary[] = [
  ["add", t.add, (a, b) => a + b],
  ["sub", t.sub, (a, b) => a - b],
  ["mul", t.mul, (a, b) => a * b],
  ["div", t.div, (a, b) => a / b],
  ["pow", t.pow, (a, b) => a ** b],
  ["maximum", t.maximum, (a, b) => (a > b ? a : b)],
  ["minimum", t.minimum, (a, b) => (a > b ? b : a)],
  ["greater", t.greater, (a, b) => (a > b ? 1 : 0)],
  ["less", t.less, (a, b) => (a > b ? 0 : 1)],
  ["greaterEqual", t.greaterEqual, (a, b) => (a > b ? 1 : 0)],
  ["lessEqual", t.lessEqual, (a, b) => (a > b ? 0 : 1)],
  ["equal", t.equal, () => 0],
  ["notEqual", t.notEqual, () => 1],
];
const compares: ReadonlySet<string> = new Set([
  "greater",
  "less",
  "greaterEqual",
  "lessEqual",
  "equal",
  "notEqual",
]);

export const binaryCases: readonly TensorCase[] = binaries.flatMap(([op, f, by]) =>
  broadcasts.map(({ what, a, b, shape, left, right }) => {
    const numbers = left.map((x, i) => by(x, right[i] ?? 0));
    const shared = { op, what, values: { a, b }, build: (v: { a: Tensor; b: Tensor }) => f(v.a, v.b) };
    return compares.has(op)
      ? tensorCase({ ...shared, golden: value(shape, numbers, "bool"), order: 0 })
      : tensorCase({ ...shared, golden: value(shape, numbers) });
  }),
);
