import * as t from "../../src/tensor/index.ts";
import { value } from "../tensor-literal.ts";
import { type TensorCase, tensorCase } from "./tensor-case.ts";

const a23 = [
  [1, 2, 3],
  [4, 5, 6],
];
const b32 = [
  [1, -1],
  [0, 2],
  [3, 0.5],
];
const product = [
  [10, 4.5],
  [22, 9],
];
const a32 = [
  [1, 4],
  [2, 5],
  [3, 6],
];
const b23 = [
  [1, 0, 3],
  [-1, 2, 0.5],
];
const spd = [
  [4, 1, 0.5],
  [1, 3, -0.2],
  [0.5, -0.2, 2],
];
/** By mpmath, `matrix(spd) ** -1`, 30 digits. */
const spdInverse = [
  [0.285303973193, -0.100526567736, -0.0813786500718],
  [-0.100526567736, 0.370990904739, 0.0622307324079],
  [-0.0813786500718, 0.0622307324079, 0.526567735759],
];

/** Each way to read `[[1,2,3],[4,5,6]] x [[1,-1],[0,2],[3,0.5]]`. */
const transpositions = [
  { what: "neither transposed", a: a23, b: b32, options: {} },
  { what: "left transposed", a: a32, b: b32, options: { transposeA: true } },
  { what: "right transposed", a: a23, b: b23, options: { transposeB: true } },
  { what: "both transposed", a: a32, b: b23, options: { transposeA: true, transposeB: true } },
].flatMap(({ what, a, b, options }) => [
  tensorCase({
    op: "matmul",
    what,
    values: { a, b },
    build: (v) => t.matmul(v.a, v.b, options),
    golden: product,
  }),
  tensorCase({
    op: "matmul",
    what: `${what}, a batch with a batch`,
    values: { a: [a, a], b: [b, b] },
    build: (v) => t.matmul(v.a, t.mul(v.b, t.constant([1, 2], [2, 1, 1])), options),
    golden: [
      product,
      [
        [20, 9],
        [44, 18],
      ],
    ],
  }),
  tensorCase({
    op: "matmul",
    what: `${what}, a batch with one matrix`,
    values: { a: [a, a], b },
    build: (v) => t.matmul(v.a, v.b, options),
    golden: [product, product],
  }),
  tensorCase({
    op: "matmul",
    what: `${what}, one matrix with a batch`,
    values: { a, b: [b, b] },
    build: (v) => t.matmul(v.a, v.b, options),
    golden: [product, product],
  }),
]);

export const linalgCases: readonly TensorCase[] = [
  ...transpositions,
  tensorCase({
    op: "matmul",
    what: "batch axes broadcast on both sides",
    values: {
      a: [[[[1, 2]]], [[[3, 4]]]],
      b: [
        [[1], [0]],
        [[0], [1]],
        [[1], [1]],
      ],
    },
    build: (v) => t.matmul(v.a, v.b),
    golden: [
      [[[1]], [[2]], [[3]]],
      [[[3]], [[4]], [[7]]],
    ],
  }),
  tensorCase({
    op: "matmul",
    what: "one element",
    values: { a: [[3]], b: [[-2]] },
    build: (v) => t.matmul(v.a, v.b),
    golden: [[-6]],
  }),
  tensorCase({
    op: "matmul",
    what: "no rows",
    values: { a: value([0, 2]), b: [[1], [2]] },
    build: (v) => t.matmul(v.a, v.b),
    golden: value([0, 1]),
  }),
  tensorCase({
    op: "matmul",
    what: "nothing to sum over",
    values: { a: value([2, 0]), b: value([0, 2]) },
    build: (v) => t.matmul(v.a, v.b),
    golden: [
      [0, 0],
      [0, 0],
    ],
  }),
  tensorCase({
    op: "dot",
    what: "rows",
    values: { x: a23, y: [1, 0, -1] },
    build: (v) => t.dot(v.x, v.y),
    golden: [-2, -2],
  }),
  tensorCase({
    op: "matvec",
    what: "one matrix",
    values: { a: a23, x: [1, 0, -1] },
    build: (v) => t.matvec(v.a, v.x),
    golden: [-2, -2],
  }),
  tensorCase({
    op: "matvec",
    what: "a batch",
    values: {
      a: [a23, a23],
      x: [
        [1, 0, 0],
        [0, 1, 1],
      ],
    },
    build: (v) => t.matvec(v.a, v.x),
    golden: [
      [1, 4],
      [5, 11],
    ],
  }),
  tensorCase({
    op: "inverseSpd",
    what: "size 1",
    values: { a: [[4]] },
    build: (v) => t.inverseSpd(v.a),
    golden: [[0.25]],
  }),
  tensorCase({
    op: "inverseSpd",
    what: "size 2",
    values: {
      a: [
        [2, 1],
        [1, 3],
      ],
    },
    build: (v) => t.inverseSpd(v.a),
    golden: [
      [0.6, -0.2],
      [-0.2, 0.4],
    ],
  }),
  tensorCase({
    op: "inverseSpd",
    what: "size 3",
    values: { a: spd },
    build: (v) => t.inverseSpd(v.a),
    golden: spdInverse,
  }),
  tensorCase({
    op: "inverseSpd",
    what: "a batch",
    values: {
      a: [
        [
          [2, 1],
          [1, 3],
        ],
        [
          [1, 0],
          [0, 4],
        ],
      ],
    },
    build: (v) => t.inverseSpd(v.a),
    golden: [
      [
        [0.6, -0.2],
        [-0.2, 0.4],
      ],
      [
        [1, 0],
        [0, 0.25],
      ],
    ],
  }),
  // mpmath: lu_solve(matrix(spd), matrix([1, 2, 3]))
  tensorCase({
    op: "solveSpd",
    what: "one column",
    values: { a: spd, b: [[1], [2], [3]] },
    build: (v) => t.solveSpd(v.a, v.b),
    golden: [[-0.159885112494], [0.828147438966], [1.62278602202]],
  }),
  tensorCase({
    op: "solveSpd",
    what: "a batch with shared columns",
    values: {
      a: [
        [
          [2, 1],
          [1, 3],
        ],
        [
          [1, 0],
          [0, 4],
        ],
      ],
      b: [
        [1, 0],
        [2, 5],
      ],
    },
    build: (v) => t.solveSpd(v.a, v.b),
    golden: [
      [
        [0.2, -1],
        [0.6, 2],
      ],
      [
        [1, 0],
        [0.5, 1.25],
      ],
    ],
  }),
];
