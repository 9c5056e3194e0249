import type { Tensor } from "../../src/tensor/index.ts";
import * as t from "../../src/tensor/index.ts";
import { bools, value } from "../tensor-literal.ts";
import { type TensorCase, tensorCase } from "./tensor-case.ts";

type Logic = readonly [op: string, f: (a: Tensor, b: Tensor) => Tensor, table: readonly number[]];

/** Of false and false, false and true, true and false, true and true. */
const logics: readonly Logic[] = [
  ["and", t.and, [0, 0, 0, 1]],
  ["or", t.or, [0, 1, 1, 1]],
];

export const logicCases: readonly TensorCase[] = [
  ...logics.flatMap(([op, f, table]) => [
    tensorCase({
      op,
      what: "truth table",
      values: { a: bools(0, 0, 1, 1), b: bools(0, 1, 0, 1) },
      build: (v) => f(v.a, v.b),
      golden: bools(...table),
    }),
    tensorCase({
      op,
      what: "column with row",
      values: { a: value([2, 1], [0, 1], "bool"), b: bools(0, 1) },
      build: (v) => f(v.a, v.b),
      golden: value([2, 2], table, "bool"),
    }),
    tensorCase({
      op,
      what: "one element",
      values: { a: bools(1), b: value([], [1], "bool") },
      build: (v) => f(v.a, v.b),
      golden: bools(1),
    }),
    tensorCase({
      op,
      what: "no elements",
      values: { a: value([2, 0], [], "bool"), b: bools(1) },
      build: (v) => f(v.a, v.b),
      golden: value([2, 0], [], "bool"),
    }),
  ]),
  tensorCase({
    op: "not",
    what: "of a comparison",
    values: { x: [1, 2, 3] },
    build: (v) => t.not(t.greater(v.x, 2)),
    golden: bools(1, 1, 0),
  }),
  tensorCase({
    op: "not",
    what: "one element",
    values: { c: bools(1) },
    build: (v) => t.not(v.c),
    golden: bools(0),
  }),
  tensorCase({
    op: "not",
    what: "no elements",
    values: { c: value([0], [], "bool") },
    build: (v) => t.not(v.c),
    golden: bools(),
  }),
  tensorCase({
    op: "notEqual",
    what: "booleans",
    values: { a: bools(0, 1, 1), b: bools(0, 0, 1) },
    build: (v) => t.notEqual(v.a, v.b),
    golden: bools(0, 1, 0),
  }),
  tensorCase({
    op: "greaterEqual",
    what: "ties",
    values: { a: [2, 3, 4] },
    build: (v) => t.greaterEqual(v.a, 3),
    golden: bools(0, 1, 1),
  }),
  tensorCase({
    op: "lessEqual",
    what: "integers, ties",
    values: { a: value([3], [2, 3, 4], "int32") },
    build: (v) => t.lessEqual(v.a, 3),
    golden: bools(1, 1, 0),
  }),
];
