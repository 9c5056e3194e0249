import * as t from "../../src/tensor/index.ts";
import { bools, value } from "../tensor-literal.ts";
import { type TensorCase, tensorCase } from "./tensor-case.ts";

const x = [
  [1, 2, 4],
  [-3, 0.5, 0.25],
];
const scale = [1, 2, -0.5];
const bias = [0, 0.1, 1];
/** Python: `(x - mean) / math.sqrt(var + 1e-5) * scale + bias`, a row at a time. */
const normalised = [
  [-1.06904153145, -0.434520765725, 0.331849042844],
  [-1.41130983208, 1.66812203564, 0.686375592872],
];

export const normaliseCases: readonly TensorCase[] = [
  tensorCase({
    op: "layerNorm",
    what: "rows",
    values: { x, scale, bias },
    build: (v) => t.layerNorm(v.x, v.scale, v.bias),
    golden: normalised,
  }),
  tensorCase({
    op: "layerNorm",
    what: "two leading axes",
    values: { x: [x, x], scale, bias },
    build: (v) => t.layerNorm(v.x, v.scale, v.bias),
    golden: [normalised, normalised],
  }),
  // The same in Python with all six numbers as one row, and 0.1 for 1e-5.
  tensorCase({
    op: "layerNorm",
    what: "both axes as one layer, another epsilon",
    values: { x, scale: [scale, [1, 1, 3]], bias: [bias, [0, 0, -1]] },
    build: (v) => t.layerNorm(v.x, v.scale, v.bias, { axis: -2, epsilon: 0.1 }),
    golden: [
      [0.0979338457019, 1.23603261014, 0.245909388095],
      [-1.78239599177, -0.137107383983, -1.76388399647],
    ],
  }),
  tensorCase({
    op: "layerNorm",
    what: "one element is its own mean",
    values: { x: [[7]], scale: [3], bias: [-2] },
    build: (v) => t.layerNorm(v.x, v.scale, v.bias),
    golden: [[-2]],
  }),
  tensorCase({
    op: "layerNorm",
    what: "no rows",
    values: { x: value([0, 3]), scale, bias },
    build: (v) => t.layerNorm(v.x, v.scale, v.bias),
    golden: value([0, 3]),
  }),
  tensorCase({
    op: "dropout",
    what: "booleans keep three of four",
    values: { x: [1, 2, 3, 4], mask: bools(1, 0, 1, 1) },
    build: (v) => t.dropout(t.square(v.x), v.mask, 0.25),
    golden: [4 / 3, 0, 12, 64 / 3],
  }),
  tensorCase({
    op: "dropout",
    what: "a row of numbers for all rows",
    values: { x, mask: [0, 1, 1] },
    build: (v) => t.dropout(v.x, v.mask, 0.5),
    golden: [
      [0, 4, 8],
      [0, 1, 0.5],
    ],
  }),
  tensorCase({
    op: "dropout",
    what: "one element, rate zero",
    values: { x: [5], mask: bools(1) },
    build: (v) => t.dropout(v.x, v.mask, 0),
    golden: [5],
  }),
  tensorCase({
    op: "dropout",
    what: "no elements",
    values: { x: value([0, 2]), mask: bools(1, 0) },
    build: (v) => t.dropout(v.x, v.mask, 0.5),
    golden: value([0, 2]),
  }),
];
