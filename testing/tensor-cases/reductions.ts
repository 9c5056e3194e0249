import * as t from "../../src/tensor/index.ts";
import { value } from "../tensor-literal.ts";
import { type TensorCase, tensorCase } from "./tensor-case.ts";

const m23 = [
  [1, 2, 3],
  [4, 5, 6],
];
/** `[2, 2, 2]` */
const cube = [
  [
    [1, 2],
    [3, 4],
  ],
  [
    [5, 6],
    [7, 8],
  ],
];

export const reductionCases: readonly TensorCase[] = [
  tensorCase({ op: "sum", what: "all", values: { x: m23 }, build: (v) => t.sum(t.square(v.x)), golden: 91 }),
  tensorCase({ op: "sum", what: "rows", values: { x: m23 }, build: (v) => t.sum(v.x, 1), golden: [6, 15] }),
  tensorCase({
    op: "sum",
    what: "columns, kept",
    values: { x: m23 },
    build: (v) => t.sum(v.x, 0, true),
    golden: [[5, 7, 9]],
  }),
  tensorCase({
    op: "sum",
    what: "negative axis",
    values: { x: cube },
    build: (v) => t.sum(v.x, -2),
    golden: [
      [4, 6],
      [12, 14],
    ],
  }),
  tensorCase({
    op: "sum",
    what: "outer and inner axis",
    values: { x: cube },
    build: (v) => t.sum(v.x, [2, 0]),
    golden: [14, 22],
  }),
  tensorCase({
    op: "sum",
    what: "axis of size one",
    values: { x: [[3], [4]] },
    build: (v) => t.sum(v.x, 1),
    golden: [3, 4],
  }),
  tensorCase({
    op: "sum",
    what: "axis without elements",
    values: { x: value([2, 0]) },
    build: (v) => t.sum(v.x, 1),
    golden: [0, 0],
  }),
  tensorCase({ op: "sum", what: "scalar", values: { x: 4 }, build: (v) => t.sum(v.x), golden: 4 }),
  tensorCase({ op: "mean", what: "all", values: { x: m23 }, build: (v) => t.mean(v.x), golden: 3.5 }),
  tensorCase({
    op: "mean",
    what: "columns",
    values: { x: m23 },
    build: (v) => t.mean(t.square(v.x), 0),
    golden: [8.5, 14.5, 22.5],
  }),
  tensorCase({
    op: "mean",
    what: "two axes kept",
    values: { x: cube },
    build: (v) => t.mean(v.x, [0, 1], true),
    golden: [[[4, 5]]],
  }),
  tensorCase({
    op: "max",
    what: "rows",
    values: {
      x: [
        [1, 9, 3],
        [-4, -5, -6],
      ],
    },
    build: (v) => t.max(t.square(v.x), 1),
    golden: [81, 36],
  }),
  tensorCase({
    op: "max",
    what: "all",
    values: {
      x: [
        [1, 9],
        [-4, 2],
      ],
    },
    build: (v) => t.max(v.x),
    golden: 9,
  }),
  tensorCase({
    op: "max",
    what: "ties",
    values: {
      x: [
        [2, 2],
        [1, 3],
      ],
    },
    build: (v) => t.max(v.x, 1, true),
    golden: [[2], [3]],
    order: 0,
  }),
  tensorCase({
    op: "min",
    what: "columns",
    values: {
      x: [
        [1, 9, 3],
        [-4, 5, 6],
      ],
    },
    build: (v) => t.min(v.x, 0),
    golden: [-4, 5, 3],
  }),
  tensorCase({
    op: "min",
    what: "kept",
    values: { x: cube },
    build: (v) => t.min(v.x, [0, 2], true),
    golden: [[[1], [3]]],
  }),
  // mpmath: log(sum(exp(x)))
  tensorCase({
    op: "logSumExp",
    what: "rows",
    values: {
      x: [
        [1, 2, -1],
        [0.5, 0.5, 3],
      ],
    },
    build: (v) => t.logSumExp(v.x),
    golden: [2.34901221677, 3.15200838439],
  }),
  tensorCase({
    op: "logSumExp",
    what: "columns, kept",
    values: {
      x: [
        [1, 2, -1],
        [0.5, 0.5, 3],
      ],
    },
    build: (v) => t.logSumExp(v.x, 0, true),
    golden: [[1.47407698418, 2.20141327798, 3.01814992792]],
  }),
  tensorCase({
    op: "logSumExp",
    what: "large numbers do not overflow",
    values: { x: [1000, 1000] },
    build: (v) => t.logSumExp(v.x),
    golden: 1000.69314718,
    order: 0,
  }),
  tensorCase({
    op: "softmax",
    what: "rows",
    values: {
      x: [
        [1, 2, -1],
        [0.5, 0.5, 3],
      ],
    },
    build: (v) => t.softmax(v.x),
    golden: [
      [0.259496460342, 0.705384512698, 0.0351190269593],
      [0.0705094606612, 0.0705094606612, 0.858981078678],
    ],
  }),
  tensorCase({
    op: "softmax",
    what: "one element",
    values: { x: [[7], [-3]] },
    build: (v) => t.softmax(v.x, 1),
    golden: [[1], [1]],
  }),
  tensorCase({
    op: "softmax",
    what: "large numbers",
    values: { x: [-1e4, 1e4, 1e4] },
    build: (v) => t.softmax(v.x),
    golden: [0, 0.5, 0.5],
    order: 0,
  }),
  tensorCase({
    op: "logSoftmax",
    what: "rows",
    values: {
      x: [
        [1, 2, -1],
        [0.5, 0.5, 3],
      ],
    },
    build: (v) => t.logSoftmax(v.x, 1),
    golden: [
      [-1.34901221677, -0.349012216768, -3.34901221677],
      [-2.65200838439, -2.65200838439, -0.152008384391],
    ],
  }),
  tensorCase({
    op: "stopGradient",
    what: "value passes",
    values: { x: [1, 2] },
    build: (v) => t.stopGradient(v.x),
    golden: [1, 2],
    order: 0,
  }),
];
