import * as t from "../../src/tensor/index.ts";
import { bools, ints, value } from "../tensor-literal.ts";
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

export const reshapeCases: readonly TensorCase[] = [
  tensorCase({
    op: "reshape",
    what: "inferred size",
    values: { x: m23 },
    build: (v) => t.reshape(t.square(v.x), [3, -1]),
    golden: [
      [1, 4],
      [9, 16],
      [25, 36],
    ],
  }),
  tensorCase({
    op: "reshape",
    what: "to a scalar",
    values: { x: [[5]] },
    build: (v) => t.reshape(v.x, []),
    golden: 5,
  }),
  tensorCase({
    op: "reshape",
    what: "no elements",
    values: { x: value([2, 0, 3]) },
    build: (v) => t.reshape(v.x, [0, 7]),
    golden: value([0, 7]),
  }),
  tensorCase({
    op: "reshape",
    what: "integers",
    values: { x: ints(1, 2) },
    build: (v) => t.reshape(v.x, [2, 1]),
    golden: value([2, 1], [1, 2], "int32"),
  }),
  tensorCase({
    op: "expand",
    what: "leading axis",
    values: { x: [1, 2] },
    build: (v) => t.expand(t.square(v.x), [2, 2]),
    golden: [
      [1, 4],
      [1, 4],
    ],
  }),
  tensorCase({
    op: "expand",
    what: "inner axis",
    values: { x: [[1], [2]] },
    build: (v) => t.expand(v.x, [2, 3]),
    golden: [
      [1, 1, 1],
      [2, 2, 2],
    ],
  }),
  tensorCase({
    op: "expand",
    what: "scalar to no elements",
    values: { x: 3 },
    build: (v) => t.expand(v.x, [0]),
    golden: value([0]),
  }),
  tensorCase({
    op: "expand",
    what: "booleans",
    values: { x: bools(1, 0) },
    build: (v) => t.expand(v.x, [2, 2]),
    golden: value([2, 2], [1, 0, 1, 0], "bool"),
  }),
  tensorCase({
    op: "sumTo",
    what: "leading and inner axis",
    values: { x: cube },
    build: (v) => t.sumTo(v.x, [2, 1]),
    golden: [[14], [22]],
  }),
  tensorCase({ op: "sumTo", what: "scalar", values: { x: m23 }, build: (v) => t.sumTo(v.x, []), golden: 21 }),
  tensorCase({
    op: "transpose",
    what: "last two",
    values: { x: m23 },
    build: (v) => t.transpose(t.square(v.x)),
    golden: [
      [1, 16],
      [4, 25],
      [9, 36],
    ],
  }),
  tensorCase({
    op: "transpose",
    what: "cycle of three axes",
    values: { x: [m23] },
    build: (v) => t.transpose(v.x, [1, 2, 0]),
    golden: [
      [[1], [2], [3]],
      [[4], [5], [6]],
    ],
  }),
  tensorCase({
    op: "unsqueeze",
    what: "inside and at the end",
    values: { x: [1, 2] },
    build: (v) => t.unsqueeze(t.unsqueeze(v.x, 0), -1),
    golden: [[[1], [2]]],
  }),
  tensorCase({
    op: "squeeze",
    what: "two axes",
    values: { x: [[[1], [2]]] },
    build: (v) => t.squeeze(v.x, [0, -1]),
    golden: [1, 2],
  }),
];
