import * as t from "../../src/tensor/index.ts";
import { ints, value } from "../tensor-literal.ts";
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

export const pieceCases: readonly TensorCase[] = [
  tensorCase({
    op: "slice",
    what: "inner axis",
    values: { x: m23 },
    build: (v) => t.slice(t.square(v.x), 1, 1, 3),
    golden: [
      [4, 9],
      [25, 36],
    ],
  }),
  tensorCase({
    op: "slice",
    what: "negative axis, one left",
    values: { x: cube },
    build: (v) => t.slice(v.x, -3, 1, 2),
    golden: [
      [
        [5, 6],
        [7, 8],
      ],
    ],
  }),
  tensorCase({
    op: "slice",
    what: "none left",
    values: { x: m23 },
    build: (v) => t.slice(v.x, 0, 1, 1),
    golden: value([0, 3]),
  }),
  tensorCase({
    op: "slice",
    what: "integers",
    values: { x: ints(5, 6, 7) },
    build: (v) => t.slice(v.x, 0, 2, 3),
    golden: ints(7),
  }),
  tensorCase({
    op: "pad",
    what: "two axes",
    values: { x: [[1, 2]] },
    build: (v) => t.pad(t.square(v.x), [1, 0], [0, 2]),
    golden: [
      [0, 0, 0, 0],
      [1, 4, 0, 0],
    ],
  }),
  tensorCase({
    op: "pad",
    what: "no elements",
    values: { x: value([0]) },
    build: (v) => t.pad(v.x, [1], [1]),
    golden: [0, 0],
  }),
  tensorCase({
    op: "concat",
    what: "rows",
    values: { a: m23, b: [[7, 8, 9]] },
    build: (v) => t.concat([v.a, t.square(v.b)]),
    golden: [
      [1, 2, 3],
      [4, 5, 6],
      [49, 64, 81],
    ],
  }),
  tensorCase({
    op: "concat",
    what: "columns of different width, one twice",
    values: { a: m23, b: [[7], [8]] },
    build: (v) => t.concat([v.b, v.a, v.b], -1),
    golden: [
      [7, 1, 2, 3, 7],
      [8, 4, 5, 6, 8],
    ],
  }),
  tensorCase({
    op: "concat",
    what: "with nothing",
    values: { a: [1, 2], b: value([0]) },
    build: (v) => t.concat([v.a, v.b]),
    golden: [1, 2],
  }),
  tensorCase({
    op: "concat",
    what: "integers",
    values: { a: ints(1), b: ints(2, 3) },
    build: (v) => t.concat([v.a, v.b]),
    golden: ints(1, 2, 3),
  }),
  tensorCase({
    op: "stack",
    what: "new axis last",
    values: { a: [1, 2], b: [3, 4] },
    build: (v) => t.stack([v.a, v.b], -1),
    golden: [
      [1, 3],
      [2, 4],
    ],
  }),
  tensorCase({
    op: "split",
    what: "second piece times first",
    values: { x: m23 },
    build: (v) => {
      const [a, b] = t.split(v.x, [1, 2], 1);
      return t.mul(a ?? 0, b ?? 0);
    },
    golden: [
      [2, 3],
      [20, 24],
    ],
  }),
  tensorCase({
    op: "gather",
    what: "a row twice",
    values: { x: m23, rows: ints(1, 0, 1) },
    build: (v) => t.gather(t.square(v.x), v.rows),
    golden: [
      [16, 25, 36],
      [1, 4, 9],
      [16, 25, 36],
    ],
  }),
  tensorCase({
    op: "gather",
    what: "matrix of row numbers, table of numbers",
    values: { x: [5, 6, 7], rows: value([2, 2], [0, 2, 2, 1], "int32") },
    build: (v) => t.gather(v.x, v.rows),
    golden: [
      [5, 7],
      [7, 6],
    ],
  }),
  tensorCase({
    op: "gather",
    what: "no rows",
    values: { x: m23, rows: ints() },
    build: (v) => t.gather(v.x, v.rows),
    golden: value([0, 3]),
  }),
  tensorCase({
    op: "gather",
    what: "one row number",
    values: { x: m23, rows: value([], [1], "int32") },
    build: (v) => t.gather(v.x, v.rows),
    golden: [4, 5, 6],
  }),
  tensorCase({
    op: "scatterAdd",
    what: "equal rows add up",
    values: {
      x: [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      rows: ints(2, 0, 2),
    },
    build: (v) => t.scatterAdd(t.square(v.x), v.rows, 4),
    golden: [
      [9, 16],
      [0, 0],
      [26, 40],
      [0, 0],
    ],
  }),
  tensorCase({
    op: "scatterAdd",
    what: "numbers by a matrix of rows",
    values: {
      x: [
        [1, 2],
        [3, 4],
      ],
      rows: value([2, 2], [1, 1, 0, 1], "int32"),
    },
    build: (v) => t.scatterAdd(v.x, v.rows, 2),
    golden: [3, 7],
  }),
  tensorCase({
    op: "scatterAdd",
    what: "no rows",
    values: { x: value([0, 2]), rows: ints() },
    build: (v) => t.scatterAdd(v.x, v.rows, 2),
    golden: [
      [0, 0],
      [0, 0],
    ],
  }),
  tensorCase({
    op: "oneHot",
    what: "columns",
    order: 0,
    values: { c: ints(2, 0) },
    build: (v) => t.oneHot(v.c, 3),
    golden: [
      [0, 0, 1],
      [1, 0, 0],
    ],
  }),
  tensorCase({
    op: "oneHot",
    what: "one column",
    values: { x: [1, 1] },
    build: (v) => t.mul(v.x, t.oneHot(1, 2)),
    golden: [0, 1],
  }),
  tensorCase({
    op: "constant",
    what: "of each dtype",
    values: { x: [1, 2] },
    build: (v) =>
      t.where(
        t.constant([1, 0], [2], "bool"),
        t.mul(v.x, t.constant([3, 4])),
        t.cast(t.constant([7, 8], [2], "int32"), "float32"),
      ),
    golden: [3, 8],
  }),
  tensorCase({
    op: "ones",
    what: "plus zeros",
    values: { x: [1, 2] },
    build: (v) => t.add(v.x, t.add(t.ones([2]), t.zeros([2]))),
    golden: [2, 3],
  }),
];
